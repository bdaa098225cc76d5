import { test } from "node:test";
import { checkChunks } from "../../support/chunkChecks.ts";

test("chunks of typescript", async () => {
	await checkChunks(
		"typescript",
		`/** Says. */
export abstract class A<T> extends B {
	constructor(private readonly x: number) { super(); }
	/** Twice. */
	@log() static async twice(a: T): Promise<T[]> { return [a, a]; }
	handle = (event: Event): void => { event.stop(); };
}
export interface I { a(): void; b: string }
type Pair<T> = {
	one: T;
};
namespace N { export function inside(): void {} }
function over(a: string): void;
function over(a: unknown): void {}
export default () => 1;
enum E { A }
`,
		[
			'class A "Says." | export abstract class A<T> extends B {/;/}',
			'method A.constructor "" | constructor(private readonly x: number) { super(); }',
			'method A.twice "Twice." | @log() static async twice(a: T): Promise<T[]> { return [a, a]; }',
			'method A.handle "" | handle = (event: Event): void => { event.stop(); }',
			'class I "" | export interface I { a(): void; b: string }',
			'class Pair "" | type Pair<T> = {/one: T;/};',
			'block null "" | namespace N {',
			'function inside "" | export function inside(): void {}',
			'function over "" | function over(a: string): void;',
			'function over "" | function over(a: unknown): void {}',
			'function default "" | export default () => 1;',
			'class E "" | enum E { A }',
		],
	);
});

test("chunks of tsx", async () => {
	await checkChunks(
		"tsx",
		`// Shows it.
export const View = ({ a }: Props) => {
	const on = () => {};
	return <div onClick={on}>{a}</div>;
};
render(<View a="x" />);
`,
		[
			'function View "Shows it." | export const View = ({ a }: Props) => {/const on = () => {};/return <div onClick={on}>{a}</div>;/};',
			'block null "" | render(<View a="x" />);',
		],
	);
});

test("chunks of c", async () => {
	await checkChunks(
		"c",
		`/* Of a zoo. */
#include <zoo.h>

#define TWICE(a) \\
	((a) + \\
	 (a))

// An ape.
struct ape { int legs; };
typedef struct { int x; } point;

/**
 * @brief Eats.
 * @param a ape
 */
static struct ape *eat(struct ape *a, void (*then)(int)) { return a; }
int count;
`,
		[
			'block null "Of a zoo." | #include <zoo.h>',
			'function TWICE "" | #define TWICE(a) \\/((a) + \\/(a))',
			'class ape "An ape." | struct ape { int legs; }',
			'class point "" | typedef struct { int x; } point;',
			'function eat "Eats." | static struct ape *eat(struct ape *a, void (*then)(int)) { return a; }',
			'block null "" | int count;',
		],
	);
});

test("chunks of cpp", async () => {
	await checkChunks(
		"cpp",
		`namespace zoo {
/// An ape.
template <typename T>
class Ape : public Animal {
public:
	Ape() : legs(2) {}
	bool operator==(const Ape &other) const { return true; }
	void eat();
private:
	int legs;
};
// Eats.
template <typename T> void Ape<T>::eat() {}
Ape<int>::~Ape() {}
enum class Mood { good };
} // namespace zoo
auto twice = [](int a) { return 2 * a; };
`,
		[
			'block null "" | namespace zoo {',
			'class Ape "An ape." | template <typename T>/class Ape : public Animal {/public:/void eat();/private:/int legs;/};',
			'method Ape.Ape "" | Ape() : legs(2) {}',
			'method Ape.operator== "" | bool operator==(const Ape &other) const { return true; }',
			'method Ape.eat "Eats." | template <typename T> void Ape<T>::eat() {}',
			'method Ape.~Ape "" | Ape<int>::~Ape() {}',
			'class Mood "" | enum class Mood { good }',
			'block null "namespace zoo" | ',
			'function twice "" | auto twice = [](int a) { return 2 * a; };',
		],
	);
});

test("chunks of csharp", async () => {
	await checkChunks(
		"csharp",
		`using System;
namespace Zoo.Apes
{
	/// <summary>An ape of <see cref="Zoo"/>.</summary>
	/// <param name="x">no</param>
	[Serializable]
	public class Ape<T> : Animal
	{
		private int legs = 2;
		public Ape() { }
		~Ape() { }
		public int Legs { get; set; }
		// Eats.
		public void Eat(Food food) { void Chew() { } Chew(); }
		public static bool operator ==(Ape<T> a, Ape<T> b) => true;
	}
	interface IEat { void Eat(); }
	record Mood(int X);
}
`,
		[
			'block null "" | using System;/namespace Zoo.Apes/{',
			'class Ape "An ape of Zoo." | [Serializable]/public class Ape<T> : Animal/{/private int legs = 2;/public int Legs { get; set; }/}',
			'method Ape.Ape "" | public Ape() { }',
			'method Ape.~Ape "" | ~Ape() { }',
			'method Ape.Eat "Eats." | public void Eat(Food food) { void Chew() { } Chew(); }',
			'method Ape.operator== "" | public static bool operator ==(Ape<T> a, Ape<T> b) => true;',
			'class IEat "" | interface IEat {  }',
			'method IEat.Eat "" | void Eat();',
			'class Mood "" | record Mood(int X);',
		],
	);
});

test("chunks of rust", async () => {
	await checkChunks(
		"rust",
		`//! A zoo.
use std::fmt;

/// An ape.
#[derive(Debug)]
pub struct Ape<T> { legs: T }

impl<T> fmt::Display for Ape<T> {
	/// Shows it.
	///
	/// # Errors
	/// Never.
	fn fmt(&self) -> Result { Ok(()) }
}
trait Eat { fn eat(&self); fn chew(&self) {} }
macro_rules! zoo { () => {} }
mod tests { #[test] fn works() {} }
const LEGS: u8 = 2;
`,
		[
			'block null "A zoo." | use std::fmt;',
			'class Ape "An ape." | #[derive(Debug)]/pub struct Ape<T> { legs: T }',
			'class Ape "" | impl<T> fmt::Display for Ape<T> {/}',
			'method Ape.fmt "Shows it." | fn fmt(&self) -> Result { Ok(()) }',
			'class Eat "" | trait Eat { fn eat(&self);  }',
			'method Eat.chew "" | fn chew(&self) {}',
			'function zoo "" | macro_rules! zoo { () => {} }',
			'block null "" | mod tests {',
			'function works "" | #[test] fn works() {}',
			'block null "" | const LEGS: u8 = 2;',
		],
	);
});
