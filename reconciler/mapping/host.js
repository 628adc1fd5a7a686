// Runs compiled scripts one at a time; what a script leaves behind is gone before the next one runs.
(function prepare(person, shared, ownLines) {
  const evaluate = eval;
  const world = globalThis;
  const { keys, getOwnPropertyNames, getOwnPropertyDescriptor, getPrototypeOf } = Object;
  const { defineProperty, freeze } = Object;
  const { ownKeys } = Reflect;
  const { isArray } = Array;
  const { isFinite } = Number;
  const { stringify, parse } = JSON;
  const imul = Math.imul;
  const getTime = Date.prototype.getTime;
  const toISOString = Date.prototype.toISOString;
  const kindOf = Object.prototype.toString;
  const Limit = InternalError;
  const Failure = Error;
  const toText = String;

  // A long text that was added up cannot be handed out; a joined one can.
  const { join } = Array.prototype;
  const flat = (...texts) => join.call(texts, "");

  // ---- what HelloID gives to scripts
  const MARKS = {
    A: "ÀÁÂÃÄÅ", a: "àáâãäå", O: "ÒÓÔÕÖØ", o: "òóôõöø", E: "ÈÉÊË", e: "èéêëð", C: "ÇĆ", c: "çć",
    D: "Ð", I: "ÌÍÎÏ", i: "ìíîï", U: "ÙÚÛÜ", u: "ùúûü", N: "Ñ", n: "ñ", S: "ŠṠṢṤṦṨŞ", s: "šṡṣṥṧṩş",
    Y: "Ÿ", y: "ÿý", Z: "Ž", z: "ž",
  };
  const bare = new Map();
  for (const letter of keys(MARKS)) for (const mark of MARKS[letter]) bare.set(mark, letter);
  const letterOf = Map.prototype.get;
  const provide = (name, value) =>
    defineProperty(world, name, { value, writable: true, configurable: true });
  provide("deleteDiacriticalMarks", function deleteDiacriticalMarks(text) {
    if (text === null || text === undefined) return text;
    let plain = "";
    for (const one of toText(text)) plain += letterOf.call(bare, one) ?? one;
    return plain;
  });
  provide("Person", undefined);
  provide("Iteration", 0);

  // ---- chance: planning sees a fixed row of numbers and the fact that one was asked for
  let drawn = false;
  let dry = false;
  let pool = null;
  let next = 0;
  const planned = () => {
    next = (next + 0x6d2b79f5) | 0;
    let mixed = imul(next ^ (next >>> 15), 1 | next);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  defineProperty(Math, "random", {
    value: function random() {
      drawn = true;
      if (pool === null) return planned();
      if (next < pool.length) return pool[next++];
      dry = true;
      throw new RangeError("no more random numbers");
    },
    writable: true,
    configurable: true,
  });

  // ---- no clock, no waiting, nothing that happens later, nothing that depends on memory
  for (const name of [
    "performance", "Atomics", "SharedArrayBuffer", "WeakRef", "FinalizationRegistry", "queueMicrotask",
  ]) delete world[name];

  // ---- values: one letter for the kind, then the text
  const scalar = (value) => {
    switch (typeof value) {
      case "string": return value;
      case "bigint": return toText(value);
      case "number":
        if (isFinite(value)) return toText(value);
        throw new TypeError(`the script gives ${value}`);
      case "boolean": return value;
      case "object": {
        const kind = kindOf.call(value);
        if (value instanceof Date || kind === "[object Date]") {
          if (getTime.call(value) === getTime.call(value)) return toISOString.call(value);
          throw new TypeError("the script gives an invalid date");
        }
        if (kind === "[object String]" || kind === "[object Number]" || kind === "[object Boolean]") {
          return scalar(value.valueOf());
        }
        throw new TypeError(isArray(value) ? "the script gives an array" : "the script gives an object");
      }
      default: throw new TypeError(`the script gives a ${typeof value}`);
    }
  };
  const sound = (text) => {
    if (text.includes("\0")) throw new TypeError("the script gives a text with a NUL character");
    return text.toWellFormed();
  };
  const encode = (value, many) => {
    if (value === null || value === undefined) return "z";
    if (many) {
      const items = [];
      for (const one of isArray(value) ? value : [value]) {
        if (one !== null && one !== undefined) items[items.length] = sound(toText(scalar(one)));
      }
      return `a${stringify(items)}`;
    }
    const plain = scalar(value);
    return typeof plain === "boolean" ? (plain ? "t" : "f") : `s${sound(plain)}`;
  };
  // The code around scripts stands below `ownLines` empty lines, so that its frames can be told apart.
  const place = (stack) => {
    const frame = [...stack.matchAll(/<input>:(\d+)/g)].find((found) => found[1] <= ownLines);
    return frame === undefined ? "" : ` (line ${frame[1]} of the script)`;
  };
  // Where the memory is too short for an error the engine throws null; some scripts may do so themselves.
  const failure = (thrown, throws) => {
    try {
      if (thrown === null) {
        return throws ? "lthe script threw null, or ran out of memory" : "lInternalError: out of memory";
      }
      let text = thrown instanceof Failure ? `${thrown.name}: ${thrown.message}` : toText(thrown);
      text += thrown instanceof Failure ? place(thrown.stack) : "";
      return (thrown instanceof Limit ? "l" : "x") + text.replace(/[\0-\x1f]+/g, " ").toWellFormed();
    } catch {
      return "xthe script threw something that cannot be shown";
    }
  };

  // ---- scripts
  const scripts = [];
  const compile = (source, many, whole) => {
    const script = whole ? () => evaluate(source) : evaluate(source);
    scripts.push({ script, many, throws: source.includes("throw") });
  };
  // What is wrong with a script's syntax ("" where nothing is); nothing of it runs.
  const complaint = (source) => {
    try {
      evaluate(`throw 0;${source}`);
    } catch (thrown) {
      if (thrown !== 0) return flat(thrown.message, place(thrown.stack));
    }
    return "";
  };
  const parses = (source) => {
    try {
      evaluate(`(function(){${source}\n})`);
      return true;
    } catch {
      return false;
    }
  };
  let untouched = () => true;
  const tidy = () => {
    for (const name of keys(world)) if (!delete world[name]) return false;
    try {
      return untouched();
    } catch {
      return false; // a name is gone
    }
  };
  const run = (index, iteration, numbers) => {
    drawn = dry = false;
    pool = numbers === null ? null : parse(numbers);
    next = 0;
    world.Iteration = iteration;
    world.Person = person.open();
    const { script, many, throws } = scripts[index];
    let out;
    try {
      out = encode(script(), many);
    } catch (thrown) {
      out = failure(thrown, throws);
    }
    return flat(dry ? "d" : drawn ? "r" : "-", shared && tidy() ? "c" : "-", out);
  };

  // ---- a world that many scripts share cannot be changed by any of them
  const lenient = (target) => {
    for (const name of getOwnPropertyNames(target)) {
      const found = getOwnPropertyDescriptor(target, name);
      if (!("value" in found) || !found.configurable) continue;
      defineProperty(target, name, {
        get() { return found.value; },
        set(value) {
          if (this === target) return;
          defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
        },
        enumerable: found.enumerable,
        configurable: false,
      });
    }
  };
  const takeAway = () => {
    for (const name of [
      "defineProperty", "defineProperties", "setPrototypeOf", "preventExtensions", "freeze", "seal",
    ]) delete Object[name];
    for (const name of ["__defineGetter__", "__defineSetter__", "__proto__"]) delete Object.prototype[name];
    for (const name of ["Reflect", "Proxy"]) delete world[name];
  };
  const freezeAll = () => {
    for (const kind of [Object, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
      lenient(kind.prototype);
    }
    const seen = new Set([world]);
    const waiting = [
      [][Symbol.iterator](), ""[Symbol.iterator](), new Map().keys(), new Set().keys(), "".matchAll(/x/g),
      function* () {}, async function () {}, async function* () {}, (function* () {})(), /x/,
      ...getOwnPropertyNames(world).map((name) => world[name]), Iterator.from({ next() {} }),
    ];
    while (waiting.length > 0) {
      const one = waiting.pop();
      if ((typeof one !== "object" && typeof one !== "function") || one === null || seen.has(one)) continue;
      seen.add(one);
      waiting.push(getPrototypeOf(one));
      for (const key of ownKeys(one)) {
        const found = getOwnPropertyDescriptor(one, key);
        waiting.push(found.value, found.get, found.set);
      }
      freeze(one);
    }
  };
  // Asked after every run: written out, it costs a third of going through a list of names.
  const remember = () => {
    const names = getOwnPropertyNames(world).filter(
      (name) => name !== "Person" && name !== "Iteration" && world[name] === world[name],
    );
    const same = names.map((name, i) => `${name} === v${i}`).join(" && ");
    const check = evaluate(`(${names.map((_, i) => `v${i}`).join()}) => () => ${same}`);
    untouched = check(...names.map((name) => world[name]));
  };
  const seal = () => {
    takeAway();
    freezeAll();
    remember();
  };
  return { compile, complaint, parses, run, seal, load: person.load };
})
