/** `npm start -- FILE` as a user calls it: another process, piped and on a terminal, with its exit codes and signals. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const START = resolve("scripts/start.mjs");
const WEATHER = resolve("node_modules/vega-datasets/data/seattle-weather.csv");
let folder: string;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
/** Runs in a folder of its own, so that the store it makes by default is its own too. */
function start(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; program?: readonly string[]; interruptAt?: RegExp } = {},
): Promise<Ended> {
  const [program = process.execPath, ...before] = options.program ?? [process.execPath, START];
  const { WAYMARK_STORE: _store, NO_COLOR: _color, FORCE_COLOR: _force, ...environment } = process.env;
  const child = spawn(program, [...before, ...args], { cwd: folder, env: { ...environment, ...options.env } });
  const got = { out: "", err: "" };
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    got.out += text;
    if (!interrupted && options.interruptAt?.test(got.out)) interrupted = child.kill("SIGINT");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (got.err += text));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, ...got }));
  });
}

/** Python's standard library has a terminal to run a program on; its own window is 80 columns wide. */
const ON_A_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, screen = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
while True:
    try:
        text = os.read(screen, 65536)
    except OSError:
        break
    if not text:
        break
    os.write(1, text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe("npm start -- FILE", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "story-start-"));
    // The first call builds what is stale; that is npm start's own business and takes its time.
    expect((await start(["--help"])).code).toBe(0);
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("piped: each step is a line, then the story; nothing on standard error, no escapes, and 0", async () => {
    const { code, out, err } = await start([WEATHER]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^● Done/m);
    expect(out).toContain("1,461 rows in 6 columns, from 1 Jan 2012 to 31 Dec 2015.");
    expect(out).not.toContain("\u001b");
  });

  it("--json: standard output is one object and nothing else; without a file it is the weather of Seattle", async () => {
    const { code, out } = await start(["--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ status: "completed", story: { rows: 1_461 } });
  });

  it("E11 a broken file: the sentence, no stack trace, and 1", async () => {
    const path = join(folder, "broken.csv");
    await writeFile(path, 'a,b\n"1,2\n');
    const { code, out, err } = await start([path]);
    expect(code).toBe(1);
    expect(out).toContain("In broken.csv, a quotation mark is opened and never closed");
    expect(out + err).not.toMatch(/^\s+at |node:internal/m);
  });

  it("an unknown option, and a store that is none: said, and 2", async () => {
    expect(await start(["--colour"])).toEqual({
      code: 2,
      out: "",
      err: "There is no option --colour. npm start -- --help says what there is.\n",
    });
    expect(await start([WEATHER], { env: { WAYMARK_STORE: "nowhere" } })).toMatchObject({ code: 2 });
  });

  it("on a terminal: one line redrawn in place, then the story in colour; NO_COLOR takes the colour, not the words", async () => {
    const program = ["python3", "-c", ON_A_TERMINAL, process.execPath, START];
    const colored = await start([WEATHER], { program, env: { TERM: "xterm-256color" } });
    expect(colored.code).toBe(0);
    expect(colored.out).toContain("\r\u001b[2K");
    expect(colored.out).toContain("\u001b[1mtemp_max goes with the seasons\u001b[22m");
    // When the story begins, the line is gone.
    expect(colored.out).toMatch(/\r\u001b\[2K\r\n\u001b\[1mtemp_max/);
    const plain = await start([WEATHER], { program, env: { TERM: "xterm-256color", NO_COLOR: "1" } });
    expect(plain.out).not.toMatch(/\u001b\[\d+m/);
    expect(plain.out).toContain("temp_max goes with the seasons");
  });

  it("without a file: the demo in the browser, until Ctrl-C; a port that is taken or none is said", async () => {
    const first = await start([], { env: { PORT: "0" }, interruptAt: /http:\/\/localhost:\d+/ });
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("Jobs are kept in sqlite:data/waymark.db.");
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const second = await start([], { env: { PORT: String(port) } });
    expect(second).toMatchObject({ code: 1, out: "" });
    expect(second.err).toContain(`Port ${port} is taken`);
    taken.close();
    expect(await start([], { env: { PORT: "http" } })).toMatchObject({ code: 2, out: "" });
    expect(await start([], { env: { WAYMARK_STORE: "memory:" } })).toMatchObject({ code: 2, out: "" });
  });

  it("Ctrl-C: says what becomes of the job, leaves with 130, and nothing is lost", async () => {
    const path = join(folder, "long.csv");
    await writeFile(path, `a,b,c\n${"1,2,word\n3,5,another\n".repeat(600_000)}`);
    const { code, out, err } = await start([path], { interruptAt: /Uploading|Analyzing/ });
    expect({ code, err }).toEqual({ code: 130, err: "" });
    expect(out).toContain("The job waits in the store. The next npm start, or any worker, picks it up.");
  });
});
