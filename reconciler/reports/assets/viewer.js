"use strict";

// What the pages of entries share: elements of text alone, ranks, a table that grows as far as somebody
// scrolls, its headings that sort, keys, and paper.

const CHUNK = 200;
const PRINTED = 10000;

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function cell(name, label, text) {
  const made = make("td", name);
  if (text) {
    if (label) made.dataset.label = label;
    made.append(make("bdi", "", text));
  }
  return made;
}

function fill(select, options) {
  for (const [value, title] of options) {
    const option = make("option", "", title);
    option.value = value;
    select.append(option);
  }
}

// The place of each text among all, numbers in it as numbers.
function ranked(texts) {
  const collator = new Intl.Collator("en", { numeric: true });
  const order = [...texts.keys()].sort((a, b) => collator.compare(texts[a], texts[b]));
  const ranks = new Int32Array(texts.length);
  order.forEach((index, place) => { ranks[index] = place; });
  return ranks;
}

// What tells whether an entry has all the words that are asked for; `told` gives all of its text.
function filtering(rows, told) {
  const haystacks = new Array(rows.length);
  return (asked) => {
    const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
    return (index) => {
      if (!words.length) return true;
      const haystack = (haystacks[index] ??= told(rows[index]).join("\n").toLowerCase());
      return words.every((word) => haystack.includes(word));
    };
  };
}

/* A table of lines, made as far as somebody scrolls. `drawn` makes the rows of a line, `ask` finds the
   lines anew, `onPaper` gives all lines that are to be printed, and `noun` is what they are called. */
function listing({ columns, drawn, ask, onPaper, noun }) {
  const table = at("entries");
  const filter = at("filter");
  const sort = at("sort");
  let lines = [];
  let shown = 0;
  let showing = 0;

  function showMore(count) {
    const end = Math.min(lines.length, shown + count);
    while (shown < end) {
      const body = make("tbody");
      for (const stop = Math.min(end, shown + CHUNK); shown < stop; shown += 1) body.append(...drawn(lines[shown]));
      table.append(body);
    }
    at("more").hidden = shown === lines.length;
    at("all").textContent = `Show all ${number.format(lines.length)} ${noun}`;
  }

  function showAll() {
    showMore(10 * CHUNK);
    if (shown < lines.length) showing = requestAnimationFrame(showAll);
  }

  function show(found, least = CHUNK) {
    cancelAnimationFrame(showing);
    for (const body of [...table.tBodies]) body.remove();
    lines = found;
    shown = 0;
    showMore(Math.max(CHUNK, least));
    for (const head of table.tHead.rows[0].cells) {
      if (head.dataset.sort && head.dataset.sort === sort.value) head.setAttribute("aria-sort", "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  const titles = make("tr");
  for (const [key, title, isFixed] of columns) {
    const head = make("th", `c-${key}`);
    head.scope = "col";
    const button = make("button", "", title);
    button.type = "button";
    button.disabled = Boolean(isFixed);
    if (!isFixed) head.dataset.sort = key;
    button.addEventListener("click", () => {
      sort.value = sort.value === key ? "" : key;
      ask();
    });
    head.append(button);
    titles.append(head);
  }
  table.tHead.append(titles);

  let waiting = 0;
  filter.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(ask);
  });
  for (const select of at("controls").querySelectorAll("select")) select.addEventListener("change", ask);
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("all").addEventListener("click", showAll);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "Escape" && filter.value) {
      filter.value = "";
      ask();
    }
  });

  const end = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    showMore(CHUNK);
    end.unobserve(at("more")); // observed anew, it answers again where the end is still in sight
    end.observe(at("more"));
  }, { rootMargin: "1500px" });
  end.observe(at("more"));

  // The headings stick below the controls, however high these are.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--bar", `${at("controls").offsetHeight}px`);
  }).observe(at("controls"));

  let before = null;
  addEventListener("beforeprint", () => {
    const folds = [...document.querySelectorAll("details:not([open])")];
    before = { lines, shown, folds, said: at("count").textContent, top: scrollY };
    show(onPaper(), PRINTED);
    before.folds.push(...table.querySelectorAll("details:not([open])"));
    for (const fold of before.folds) fold.open = true;
    const left = lines.length - shown;
    if (left > 0) {
      at("count").textContent += `; printed are the first ${number.format(shown)} ${noun}, ${number.format(left)} more are not`;
    }
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    for (const fold of before.folds) fold.open = false;
    at("count").textContent = before.said;
    show(before.lines, before.shown);
    scrollTo(0, before.top);
    before = null;
  });

  return { show, again: (found) => show(found, shown) };
}
