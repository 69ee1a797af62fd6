/**
 * Searches a small world exhaustively: from the start, every move that anybody may make, then every move after each of
 * those, until nobody has a move left. Worlds that look alike are looked at once. A store cannot be copied, so a world is
 * reached again by making its moves again, in the store's real code.
 */
import { createHash } from "node:crypto";

export interface Move {
  readonly name: string;
  /**
   * Makes the move.
   *
   * @param check  false: it was made before, and nothing was wrong
   * @returns what is wrong with how the world answered; null when nothing is
   */
  make(check: boolean): Promise<string | null>;
}

/** A world that somebody is in the middle of. */
export interface SmallWorld {
  /** The moves that are possible now. The same world offers the same ones in the same order. */
  moves(): Move[];
  /** Everything that matters for what may still happen, as text. */
  face(): Promise<string>;
  /** What is wrong with the world as it stands. */
  audit(): Promise<readonly string[]>;
  /** Lets everybody do their duty from here on. @returns what is wrong in the end; the world is not used after that */
  end(): Promise<string | null>;
}

export interface Exploration {
  readonly states: number;
  /** Moves made from a state, each once. */
  readonly transitions: number;
  /** Orders in which all moves can happen: the paths through the states, from the start to where nobody can move. */
  readonly interleavings: bigint;
  /** Moves of the longest of them. */
  readonly longest: number;
  /** One each, with the moves that lead there. The search ends at the first. */
  readonly violations: readonly string[];
}

interface State {
  readonly from: State | null;
  readonly move: string;
  readonly depth: number;
  readonly moves: readonly string[];
  readonly next: State[];
}

export async function explore(start: () => Promise<SmallWorld>): Promise<Exploration> {
  const origin = await start();
  const first: State = { from: null, move: "", depth: 0, moves: namesOf(origin.moves()), next: [] };
  const known = new Map<string, State>([[keyOf(await origin.face()), first]]);
  const found = (violations: readonly string[]): Exploration => {
    const states = [...known.values()];
    const transitions = states.reduce((sum, { next }) => sum + next.length, 0);
    const longest = Math.max(...states.map(({ depth }) => depth));
    return { states: states.length, transitions, interleavings: pathsFrom(states), longest, violations };
  };

  // States are met in the order of their depth, as each costs its moves once more.
  const open = [first];
  for (const state of open) {
    const path = pathTo(state);
    for (const name of state.moves) {
      const world = await start();
      for (const made of path) await move(world, made, false);
      const told = (text: string): string => `${[...path, name].join(", ")}: ${text}`;
      const wrong = await move(world, name, true);
      if (wrong !== null) return found([told(wrong)]);
      const key = keyOf(await world.face());
      let next = known.get(key);
      if (next === undefined) {
        next = { from: state, move: name, depth: state.depth + 1, moves: namesOf(world.moves()), next: [] };
        known.set(key, next);
        open.push(next);
        const unsound = await world.audit();
        if (unsound.length > 0) return found(unsound.map(told));
        const unfinished = await world.end();
        if (unfinished !== null) return found([told(unfinished)]);
      }
      state.next.push(next);
    }
  }
  return found([]);
}

function namesOf(moves: readonly Move[]): string[] {
  return moves.map(({ name }) => name);
}

async function move(world: SmallWorld, name: string, check: boolean): Promise<string | null> {
  const offered = world.moves().find((one) => one.name === name);
  if (offered === undefined) throw new Error(`${name} is not offered again: the world is not the same twice`);
  return offered.make(check);
}

function pathTo(state: State): string[] {
  const path: string[] = [];
  for (let one: State = state; one.from !== null; one = one.from) path.push(one.move);
  return path.reverse();
}

/** Every move uses up a chance, so no path comes back, and a state's followers lie deeper than the state. */
function pathsFrom(states: readonly State[]): bigint {
  const paths = new Map<State, bigint>();
  for (const state of [...states].sort((a, b) => b.depth - a.depth)) {
    paths.set(state, state.next.length === 0 ? 1n : state.next.reduce((sum, next) => sum + paths.get(next)!, 0n));
  }
  const first = states.find(({ from }) => from === null)!;
  return paths.get(first)!;
}

function keyOf(face: string): string {
  return createHash("sha1").update(face).digest("base64");
}
