// Opens a person as HelloID shows it to scripts; every opening is a fresh, writable view.
// In a shape null is a text, "date" a date, "*" stands for any name, a list holds its items' shape.
(function prepare(shapeText) {
  const ours = new WeakSet();
  let wholes = new Map();
  const has = WeakSet.prototype.has;
  const add = WeakSet.prototype.add;
  const own = Object.hasOwn;
  const isArray = Array.isArray;
  const View = Proxy;
  const DATE = /^\d{4}-\d\d-\d\d(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/;

  const otherCase = (name) => {
    const first = name.charAt(0);
    const lower = first.toLowerCase();
    return (first === lower ? first.toUpperCase() : lower) + name.slice(1);
  };
  // A time without a zone is UTC, as HelloID stores it.
  const dateOf = (text) => {
    const found = DATE.exec(text);
    if (found === null) return text;
    const date = new Date(found[1] !== undefined && found[2] === undefined ? `${text}Z` : text);
    return date.getTime() === date.getTime() ? date : text;
  };
  const nodeOf = (shape) => {
    if (isArray(shape)) return { item: nodeOf(shape[0]) };
    const node = { blank: {}, parts: Object.create(null), dates: new Set(), any: null };
    for (const name of Object.keys(shape)) {
      const part = shape[name];
      if (name === "*") node.any = part === null ? null : nodeOf(part);
      else {
        node.blank[name] = null;
        if (part === "date") node.dates.add(name).add(otherCase(name));
        else if (part !== null) node.parts[name] = node.parts[otherCase(name)] = nodeOf(part);
      }
    }
    node.handler = handlerOf(node);
    return node;
  };
  const handlerOf = (node) => ({
    get(target, name) {
      if (typeof name !== "string") return target[name];
      let key = name;
      let value = target[key];
      if (value === undefined || value === null) {
        const other = otherCase(name);
        if (own(target, other)) {
          if (target[other] !== null || !own(target, key)) key = other;
          value = target[key];
        }
      }
      const part = node.parts[key];
      if (value === undefined || value === null) {
        if (part !== undefined) value = part.item === undefined ? {} : [];
        else return node.any === null || value === null ? value : view({}, node.any);
      }
      if (typeof value === "string") {
        if (!node.dates.has(key)) return value;
        value = dateOf(value);
      } else if (typeof value === "object" && !has.call(ours, value)) {
        value = view(value, part ?? node.any ?? ANYTHING);
      } else return value;
      target[key] = value;
      if (typeof value === "object") add.call(ours, value);
      return value;
    },
  });
  const view = (raw, node) => {
    if (isArray(raw)) {
      const item = node.item ?? ANYTHING;
      return raw.map((one) => (typeof one === "object" && one !== null ? view(one, item) : one));
    }
    if (node.blank === undefined) return view(raw, ANYTHING);
    let whole = wholes.get(raw);
    if (whole === undefined) wholes.set(raw, (whole = { ...node.blank, ...raw }));
    const made = new View({ ...whole }, node.handler);
    add.call(ours, made);
    return made;
  };

  const ANYTHING = nodeOf({});
  const PERSON = nodeOf(JSON.parse(shapeText));
  let raw = {};
  return {
    load(text) {
      raw = JSON.parse(text);
      wholes = new Map();
    },
    open() { return view(raw, PERSON); },
  };
})
