import { test } from "node:test";
import { checkChunks } from "../../support/chunkChecks.ts";

test("chunks of python", async () => {
	await checkChunks(
		"python",
		`"""Tools for apes."""
import os

# Of all sizes.
SIZE = 3

@cache
async def climb(tree, *, fast=True):  # up
    """Climb a tree.

    Slowly, unless \`\`fast\`\`.

    :param tree: the tree
    """
    def inner():
        "Inner."
        return tree
    return inner() # done

class Ape(Animal):
    'An ape.'
    legs = 2

    # Not documented by a string.
    def eat(self): return self.food

    class Mind:
        pass

double = lambda x: 2 * x
if os.name == "nt":
    def walk(): pass
`,
		[
			'block null "Tools for apes.\nOf all sizes." | import os/SIZE = 3',
			'function climb "Climb a tree.\nSlowly, unless fast." | @cache/async def climb(tree, *, fast=True):/def inner():/return tree/return inner()',
			'class Ape "An ape." | class Ape(Animal):/legs = 2',
			'method Ape.eat "Not documented by a string." | def eat(self): return self.food',
			'class Ape.Mind "" | class Mind:/pass',
			'function double "" | double = lambda x: 2 * x',
			'block null "" | if os.name == "nt":',
			'function walk "" | def walk(): pass',
		],
	);
});

test("chunks of javascript", async () => {
	await checkChunks(
		"javascript",
		`'use strict';
/* Copyright of nobody, under no licence. */

/**
 * Adds {@link Number numbers}.
 * @param {number} a
 */
export function add(a, b) { return a + b; } // plus

// Not of it.

const one = () => 1, two = function () { return 2; };
export default class extends Base { #hidden() {} get size() { return 0; } static make = () => new this(); }
Server.prototype.listen = function listen(port) {
	/* now */ open(port);
};
module.exports = {
	// Says it.
	say(word) { log(word); },
	short: () => 1,
	long: async function (a) {
		return a;
	},
};
(function () { function hidden() {} })();
exports.run = exports.start = function* () {};
`,
		[
			"block null \"\" | 'use strict';",
			'function add "Adds numbers." | export function add(a, b) { return a + b; }',
			'block null "Not of it." | const',
			'function one "" | one = () => 1',
			'function two "" | two = function () { return 2; }',
			'class default "" | export default class extends Base {   ; }',
			'method default.#hidden "" | #hidden() {}',
			'method default.size "" | get size() { return 0; }',
			'method default.make "" | static make = () => new this()',
			'method Server.listen "" | Server.prototype.listen = function listen(port) {/open(port);/};',
			'block null "" | module.exports = {',
			'method say "Says it." | say(word) { log(word); }',
			'block null "" | short: () => 1,',
			'method long "" | long: async function (a) {/return a;/}',
			'block null "" | (function () {',
			'function hidden "" | function hidden() {}',
			'function start "" | exports.run = exports.start = function* () {};',
		],
	);
});

test("chunks of java", async () => {
	await checkChunks(
		"java",
		`package p;

/** An ape. @since 1 */
@Deprecated
public class Ape<T> extends Animal {
	private int legs = 2; // two

	/**
	 * Eats <b>all</b> {@code food} of {@link Zoo#open(int, int) the zoo}.
	 *
	 * <p>Quickly.
	 * @param food what
	 */
	@Override
	public void eat(Food food) { /* chew */ food.eat(); }

	Ape() {}

	interface Mind { void think(); }
	enum Mood { GOOD, BAD }
}
`,
		[
			'block null "" | package p;',
			'class Ape "An ape." | @Deprecated/public class Ape<T> extends Animal {/private int legs = 2;/}',
			'method Ape.eat "Eats all food of the zoo.\nQuickly." | @Override/public void eat(Food food) {  food.eat(); }',
			'method Ape.Ape "" | Ape() {}',
			'class Ape.Mind "" | interface Mind {  }',
			'method Ape.Mind.think "" | void think();',
			'class Ape.Mood "" | enum Mood { GOOD, BAD }',
		],
	);
});

test("chunks of go", async () => {
	await checkChunks(
		"go",
		`// Package p is one.
package p

import "fmt"

// Server serves.
//
// For long.
type Server[T any] struct {
	port int // where
}

type (
	// ID tells.
	ID int
	Name string
)

// Listen waits for $port.
//
//	server.Listen()
//
//nolint:all
func (s *Server[T]) Listen() error { return nil }

var handle = func(a int) int { return a }

const (
	a = iota
	b
)
`,
		[
			'block null "Package p is one." | package p/import "fmt"',
			'class Server "Server serves.\nFor long." | type Server[T any] struct {/port int/}',
			'block null "" | type (',
			'class ID "ID tells." | ID int',
			'class Name "" | Name string',
			'method Server.Listen "Listen waits for $port." | func (s *Server[T]) Listen() error { return nil }',
			'function handle "" | var handle = func(a int) int { return a }',
			'block null "" | const (/a = iota/b/)',
		],
	);
});

test("chunks of ruby", async () => {
	await checkChunks(
		"ruby",
		`# frozen_string_literal: true

module Zoo
  # An ape.
  class Ape < Animal
    LEGS = 2

    # Eats +food+.
    # @param food [Food]
    def eat(food) = food.eat

    def self.count; 3; end
    def ==(other)
      other.is_a?(Ape)
    end
    private def think; end

    class << self
      def create; new; end
    end
  end
end
puts Zoo::Ape.new
`,
		[
			'block null "" | ',
			'class Zoo "" | module Zoo/end',
			'class Zoo.Ape "An ape." | class Ape < Animal/LEGS = 2/class << self/end/end',
			'method Zoo.Ape.eat "Eats food." | def eat(food) = food.eat',
			'method Zoo.Ape.count "" | def self.count; 3; end',
			'method Zoo.Ape.== "" | def ==(other)/other.is_a?(Ape)/end',
			'method Zoo.Ape.think "" | private def think; end',
			'method Zoo.Ape.create "" | def create; new; end',
			'block null "" | puts Zoo::Ape.new',
		],
	);
});

test("chunks of php", async () => {
	await checkChunks(
		"php",
		`<?php
namespace Zoo\\Apes;

use Zoo\\Animal;

/**
 * An ape.
 */
#[Entity]
final class Ape extends Animal
{
    const LEGS = 2;

    /**
     * Eats.
     *
     * @return void
     */
    public function eat(?Food $food): void { $food->eat(); }
    abstract function think();
}
// Counts.
function count_apes() { return 3; }
$run = function () { return 1; };
echo $run();
`,
		[
			'block null "" | <?php/namespace Zoo\\Apes;/use Zoo\\Animal;',
			'class Ape "An ape." | #[Entity]/final class Ape extends Animal/{/const LEGS = 2;/}',
			'method Ape.eat "Eats." | public function eat(?Food $food): void { $food->eat(); }',
			'method Ape.think "" | abstract function think();',
			'function count_apes "Counts." | function count_apes() { return 3; }',
			'function run "" | $run = function () { return 1; };',
			'block null "" | echo $run();',
		],
	);
});
