/**
 * Reserved words and literals of the languages in `languages.ts`. A packed row does not know its
 * languages, so a name that is reserved in any of them counts as a keyword. Words that are reserved
 * in few places and common as names (`type`, `name`, `data`, `object`, `value`) are left off.
 */
const reserved: Record<string, string> = {
	python:
		"False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield self cls",
	javascript:
		"break case catch class const continue debugger default delete do else export extends false finally for function if import in instanceof let new null return static super switch this throw true try typeof undefined var void while with yield async await of",
	typescript:
		"abstract any as boolean declare enum implements interface is keyof module namespace never number override private protected public readonly satisfies string unknown",
	java: "abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new package private protected public return short static strictfp super switch synchronized this throw throws transient try void volatile while true false null var record sealed permits",
	go: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false iota string int int64 int32 uint uint8 uint32 uint64 byte rune bool error float64 float32",
	ruby: "BEGIN END alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or redo rescue retry return self super then true undef unless until when while yield require require_relative attr_reader attr_accessor",
	php: "abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty endfor endforeach endif endswitch endwhile extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface isset list match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while xor yield true false null php",
	c: "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while define include ifdef ifndef endif elif undef pragma NULL",
	cpp: "alignas alignof bool catch class constexpr const_cast decltype delete dynamic_cast explicit export false final friend mutable namespace new noexcept nullptr operator override private protected public reinterpret_cast static_assert static_cast template this throw true try typename using virtual wchar_t",
	rust: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true unsafe use where while i32 u32 i64 u64 u8 usize isize bool str f32 f64",
	csharp:
		"abstract base bool byte case catch checked decimal delegate event explicit fixed foreach implicit internal is lock namespace operator out override params readonly sbyte sealed stackalloc string uint ulong unchecked unsafe ushort using virtual volatile get set",
	kotlin: "companion data fun internal lateinit object open operator out suspend val vararg when",
	swift: "associatedtype deinit extension fileprivate func guard init inout let protocol repeat subscript where",
	shell: "if then else elif fi case esac for while until do done in function local export return exit echo",
	sql: "select from where insert into update delete create table join left right inner outer on group by order having limit values SELECT FROM WHERE INSERT INTO UPDATE DELETE CREATE TABLE JOIN LEFT RIGHT INNER OUTER ON GROUP BY ORDER HAVING LIMIT VALUES NOT NULL PRIMARY KEY",
};

const commonNames = new Set(["type", "data", "object", "module", "record", "array", "list", "init", "values", "key"]);

/** Every word that is reserved in one of the known languages. */
export const keywords: ReadonlySet<string> = new Set(
	Object.values(reserved)
		.flatMap((words) => words.split(" "))
		.filter((word) => !commonNames.has(word)),
);

/** Whether `text` is reserved in one of the known languages. */
export function isKeyword(text: string): boolean {
	return keywords.has(text);
}
