import assert from "node:assert/strict";
import { test } from "node:test";
import { type SyntaxLanguage, syntaxLanguages } from "../../../sidecar/syntax/languages.ts";
import { namedSpans, type SpanClass } from "../../../sidecar/syntax/namedSpans.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";

type Expected = Partial<Record<SpanClass, string>>;

const samples: Readonly<Record<SyntaxLanguage, readonly [string, Expected]>> = {
	python: [
		'@dec(1)\ndef f(a: int, *args, b=x, **kw) -> str:\n\treturn g(a).h(f"u{k}v") if a is not None else 2.5 # c\nclass A(B): pass\n',
		{
			operator: "@ * = ** ->",
			call: "dec g h",
			number: "1 2.5",
			keyword: "def return if is not None else class pass",
			identifier: "f x a k a",
			parameter: "a args b kw",
			type: "int str A B",
			string: 'f" u v "',
			comment: "# c",
		},
	],
	java: [
		"class A<T> extends B { @Override int f(int a, String... b) { // c\n return this.g(a) + new C('x').d(y -> y, \"s\", 0x1F, null); } }",
		{
			keyword: "class extends return this new null",
			type: "A T B int int String C",
			operator: "< > @ ... + ->",
			identifier: "Override f a y",
			parameter: "a b y",
			comment: "// c",
			call: "g d",
			string: "'x' \"s\"",
			number: "0x1F",
		},
	],
	javascript: [
		"class A extends B { #f(a, { b }, c = 1, ...d) { return g(a) && x.y?.h(`u\x24{k}v`, /r/, null) } } // c\nnew C.D(z => z);",
		{
			keyword: "class extends return null new",
			type: "A B C D",
			identifier: "#f a x y k z",
			parameter: "a b c d z",
			operator: "= ... && =>",
			number: "1",
			call: "g h",
			string: "` u v ` /r/",
			comment: "// c",
		},
	],
	go: [
		"package p\n// c\nfunc (s *Server[T]) F(a, b int, c ...string) error { x := g(a); return fmt.H(x, nil, `r`, 'q', 1.5) }",
		{
			keyword: "package func return nil",
			identifier: "p F x a fmt x",
			comment: "// c",
			parameter: "s a b c",
			operator: "* ... :=",
			type: "Server T int string error",
			call: "g H",
			string: "`r` 'q'",
			number: "1.5",
		},
	],
	ruby: [
		'# c\nclass A < B\n  def f(a, b = 1, *r, k: 2, &blk)\n    @x = g(a).h { |z| "u#{z}v" } unless nil\n    :sym\n  end\nend\n',
		{
			comment: "# c",
			keyword: "class def unless nil end end",
			type: "A B",
			operator: "< = * & = | |",
			identifier: "f @x a z",
			parameter: "a b r k blk z",
			number: "1 2",
			call: "g h",
			string: '" u v " :sym',
		},
	],
	php: [
		"<?php // c\nclass A extends B { function f(?C $a, int ...$b) { return g($a) . $this->h(\"u{$k}v\", 's', 1) . D::i(null); } }",
		{
			comment: "// c",
			keyword: "class extends function return null",
			type: "A B C int",
			identifier: "f $a $this $k D",
			operator: "? ... ->",
			parameter: "$a $b",
			call: "g h i",
			string: "\" u { } v \" 's'",
			number: "1",
		},
	],
	typescript: [
		"interface I<T> { a(b: T): void } // c\nfunction f(this: A, a?: string, ...r: B[]): a is C { return g<D>(a) as never; }",
		{
			keyword: "interface function this is return as",
			type: "I T T void A string B C D never",
			operator: "< > ? ... < >",
			identifier: "a f a a",
			parameter: "b a r",
			comment: "// c",
			call: "g",
		},
	],
	tsx: [
		'const F = ({ a }: P) => <div id="x" onClick={() => g(a)}>text</div>;',
		{
			keyword: "const",
			identifier: "F div id onClick a div",
			operator: "= => < = = => > </ >",
			parameter: "a",
			type: "P",
			string: '"x"',
			call: "g",
		},
	],
	c: [
		"#include <x.h>\n/* c */ static struct S *f(int a, char *b[]) { return g(a, p->h(1), \"s\", 'q', NULL); }",
		{
			keyword: "#include static struct return NULL",
			string: "<x.h> \"s\" 'q'",
			comment: "/* c */",
			type: "S int char",
			operator: "* * ->",
			identifier: "f a p",
			parameter: "a b",
			call: "g h",
			number: "1",
		},
	],
	cpp: [
		"template <typename T> int n::A::f(const T &a, int b = 1) { return g<T>(a) + x.h() + m::i(nullptr); } // c",
		{
			keyword: "template typename const return nullptr",
			operator: "< > & = < > + +",
			type: "T int T int T",
			identifier: "n A f a x m",
			parameter: "a b",
			number: "1",
			call: "g h i",
			comment: "// c",
		},
	],
	csharp: [
		'class A<T> : B { int F(List<C> a, int? b = null) { return G(a) + x?.H(y => y) + new D($"u{k}v").I<int>(1); } } // c',
		{
			keyword: "class null return new",
			type: "A T B int List C int D int",
			operator: "< > < > ? = + ? => + < >",
			identifier: "F a x y k",
			parameter: "a b y",
			call: "G H I",
			string: '$ " u v "',
			number: "1",
			comment: "// c",
		},
	],
	rust: [
		"// c\nimpl<T> A for B<T> { fn f(&self, a: &mut C, (b, c): D) -> u8 { g::<u8>(a) + self.h(|z| z) + m::i!(\"s\", 'q', 1) } }",
		{
			comment: "// c",
			keyword: "impl for fn self self",
			operator: "< > < > & & -> < > + | | + !",
			type: "T A B T C D u8 u8",
			identifier: "f a z m",
			parameter: "a b c z",
			call: "g h i",
			string: "\"s\" 'q'",
			number: "1",
		},
	],
};

for (const language of syntaxLanguages) {
	test(`spans of ${language}`, async () => {
		const [text, expected] = samples[language];
		const found: Expected = {};
		for (const { start, end, spanClass } of namedSpans((await loadParser(language)).parse(text), language)) {
			const span = text.slice(start, end);
			found[spanClass] = found[spanClass] === undefined ? span : `${found[spanClass]} ${span}`;
		}
		assert.deepEqual(found, expected);
	});
}

test("spans of whatever text ascend and do not overlap", async () => {
	const odd = [
		"",
		"\ufeff\ud800",
		"((((".repeat(500),
		"{[(\"'`/*".repeat(200),
		"def f(:\n\tclass\n  def",
		"a{b:".repeat(500),
	];
	for (const language of syntaxLanguages) {
		const parser = await loadParser(language);
		for (const text of [...odd, ...Object.values(samples).map(([sample]) => sample)]) {
			let last = 0;
			for (const { start, end } of namedSpans(parser.parse(text), language)) {
				assert.ok(last <= start && start < end && end <= text.length);
				last = end;
			}
		}
	}
});
