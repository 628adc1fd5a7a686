// Replaces Date by one that knows the given moment and the given zone only.
// `moments[i]` is when `offsets[i + 1]` begins; all are milliseconds.
(function install(now, moments, offsets) {
  const Native = Date;
  const proto = Native.prototype;
  const { parse, UTC } = Native;
  const { construct } = Reflect;
  const { setTime, getTime, toUTCString } = proto;
  const scratch = new Native(0);

  const offsetAt = (utc) => {
    let low = 0;
    let high = moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moments[middle] <= utc) low = middle + 1;
      else high = middle;
    }
    return offsets[low];
  };
  // A time that the clock skips counts from the old offset, one that it repeats is its first.
  const utcOf = (local) => {
    let low = 0;
    let high = moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const turn = moments[middle] + Math.max(offsets[middle], offsets[middle + 1]);
      if (turn <= local) low = middle + 1;
      else high = middle;
    }
    return local - offsets[low];
  };
  const localOf = (date) => {
    const utc = getTime.call(date);
    return utc + offsetAt(utc);
  };

  const parts = [
    "FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds",
  ];
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true });

  for (const part of parts) {
    const read = proto[`getUTC${part}`];
    define(proto, `get${part}`, function () {
      setTime.call(scratch, localOf(this));
      return read.call(scratch);
    });
    const write = proto[`setUTC${part}`];
    if (write === undefined) continue;
    define(proto, `set${part}`, function (...values) {
      setTime.call(scratch, localOf(this));
      return setTime.call(this, utcOf(write.apply(scratch, values)));
    });
  }
  define(proto, "getYear", function getYear() {
    return this.getFullYear() - 1900;
  });
  define(proto, "setYear", function setYear(year) {
    const whole = Math.trunc(Number(year));
    return this.setFullYear(whole >= 0 && whole <= 99 ? 1900 + whole : whole);
  });
  define(proto, "getTimezoneOffset", function getTimezoneOffset() {
    const utc = getTime.call(this);
    return -offsetAt(utc) / 60000 + (utc - utc);
  });

  const two = (number) => String(number).padStart(2, "0");
  const words = (date) => {
    const local = localOf(date);
    if (local !== local) return null;
    setTime.call(scratch, local);
    const text = /^(\w+), (\d+) (\w+) (-?\d+) (.*) GMT$/.exec(toUTCString.call(scratch));
    const minutes = Math.trunc((local - getTime.call(date)) / 60000);
    const size = Math.abs(minutes);
    const zone = `GMT${minutes < 0 ? "-" : "+"}${two(Math.trunc(size / 60))}${two(size % 60)}`;
    return {
      date: `${text[1]} ${text[3]} ${text[2]} ${text[4]}`,
      time: `${text[5]} ${zone}`,
    };
  };
  const written = (name, text) =>
    define(proto, name, function () {
      const found = words(this);
      return found === null ? "Invalid Date" : text(found);
    });
  written("toString", (found) => `${found.date} ${found.time}`);
  written("toDateString", (found) => found.date);
  written("toTimeString", (found) => found.time);

  // The engine knows no locale but this one, and a date in the wrong order is worse than none.
  const day = (date) =>
    `${two(date.getMonth() + 1)}/${two(date.getDate())}/${String(date.getFullYear()).padStart(4, "0")}`;
  const time = (date) =>
    `${two(date.getHours() % 12 || 12)}:${two(date.getMinutes())}:${two(date.getSeconds())} ` +
    (date.getHours() < 12 ? "AM" : "PM");
  const localised = (name, text) =>
    define(proto, name, function (locale) {
      if (locale !== undefined && locale !== "en-US") {
        throw new RangeError(`${name} knows no locale but en-US; build the text from getDate() and the like`);
      }
      return getTime.call(this) !== getTime.call(this) ? "Invalid Date" : text(this);
    });
  localised("toLocaleDateString", day);
  localised("toLocaleTimeString", time);
  localised("toLocaleString", (date) => `${day(date)}, ${time(date)}`);

  const DAY_ONLY = /^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?$/;
  const ISO_TIME = /^(?:[+-]\d{6}|\d{4})(?:-\d\d(?:-\d\d)?)?[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?$/;
  const ZONE = /(?:\b(?:UTC?|GMT|[ECMP][SD]T)\b|\dZ|:\d\d(?:\.\d+)?\s*[+-]\d\d:?\d\d)/i;
  const parsed = (value) => {
    const text = String(value).trim();
    if (DAY_ONLY.test(text)) return parse(text);
    if (ISO_TIME.test(text)) return utcOf(parse(`${text.replace(" ", "T")}Z`));
    if (ZONE.test(text)) return parse(text);
    return utcOf(parse(`${text} GMT`));
  };
  const moment = (values) => {
    if (values.length === 0) return now;
    if (values.length > 1) return utcOf(UTC(...values));
    const [value] = values;
    if (value instanceof Native) return getTime.call(value);
    const plain = typeof value === "object" && value !== null ? value.valueOf() : value;
    return typeof plain === "string" ? parsed(plain) : Number(plain);
  };

  function Clock(...values) {
    if (new.target === undefined) return new Native(now).toString();
    return construct(Native, [moment(values)], new.target);
  }
  Object.defineProperty(Clock, "name", { value: "Date" });
  Object.defineProperty(Clock, "length", { value: 7 });
  Object.defineProperty(Clock, "prototype", { value: proto, writable: false });
  define(Clock, "now", function now_() { return now; });
  define(Clock, "parse", function parse_(text) { return parsed(text); });
  define(Clock, "UTC", UTC);
  define(proto, "constructor", Clock);
  define(globalThis, "Date", Clock);
})
