"use strict";
(() => {
  const CHUNK = 200;
  const PRINTED = 10000;
  const [PERSON, ACCOUNT, PERMISSION, TYPE, RESOLVED, DECIDED, SINCE, MORE, STATUS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const at = (id) => document.getElementById(id);
  const viewer = at("viewer");
  if (!viewer) return;

  const { system, columns, statuses, rows, texts } = JSON.parse(at("audit").textContent);
  const keys = ["system", "person", "account", "permission", "issue", "resolved"];
  const column = { person: PERSON, account: ACCOUNT, permission: PERMISSION, issue: TYPE, resolved: RESOLVED, since: SINCE };
  const controls = { filter: at("filter"), status: at("status"), type: at("type"), sort: at("sort") };
  const table = at("entries");
  const number = new Intl.NumberFormat("en");

  // ---- what is asked for: filter and sort ----

  let ranks = null;
  function rankOf(text) {
    ranks ??= (() => {
      const collator = new Intl.Collator("en", { numeric: true });
      const order = [...texts.keys()].sort((a, b) => collator.compare(texts[a], texts[b]));
      const found = new Int32Array(texts.length);
      order.forEach((index, place) => { found[index] = place; });
      return found;
    })();
    return texts[text] === "" ? 0x7fffffff : ranks[text];
  }

  const haystacks = new Array(rows.length);
  function haystackOf(index) {
    return (haystacks[index] ??= [system, ...rows[index].slice(0, STATUS).map((text) => texts[text]), statuses[rows[index][STATUS]]]
      .join("\n").toLowerCase());
  }

  function chosen() {
    const words = controls.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const status = controls.status.value === "" ? -1 : Number(controls.status.value);
    const type = controls.type.value;
    const found = [];
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index];
      if (status >= 0 && row[STATUS] !== status) continue;
      if (type && texts[row[TYPE]] !== type) continue;
      if (words.length && !words.every((word) => haystackOf(index).includes(word))) continue;
      found.push(index);
    }
    const by = column[controls.sort.value];
    if (by !== undefined) found.sort((a, b) => rankOf(rows[a][by]) - rankOf(rows[b][by]) || a - b);
    return found;
  }

  // ---- elements: only texts come from the report ----

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function cell(name, label, text, more) {
    const made = make("td", name);
    if (text) {
      if (label) made.dataset.label = label;
      made.append(make("bdi", "", text));
      if (more) made.append(make("small", "", more));
    }
    return made;
  }

  function rowOf(index) {
    const row = rows[index];
    const made = make("tr", `s${row[STATUS]}`);
    const said = (place) => texts[row[place]];
    made.append(
      cell("system", columns[0], system), cell("person", columns[1], said(PERSON)), cell("account", columns[2], said(ACCOUNT)),
      cell("permission", columns[3], said(PERMISSION)), cell("issue", "", said(TYPE), said(MORE)),
      cell("resolved", columns[5], said(RESOLVED), said(DECIDED)),
    );
    return made;
  }

  // ---- showing: as many lines as somebody scrolls to ----

  let found = [];
  let shown = 0;
  let showing = 0;

  function showMore(count) {
    const end = Math.min(found.length, shown + count);
    while (shown < end) {
      const body = make("tbody");
      for (const stop = Math.min(end, shown + CHUNK); shown < stop; shown += 1) body.append(rowOf(found[shown]));
      table.append(body);
    }
    at("more").hidden = shown === found.length;
    at("all").textContent = `Show all ${number.format(found.length)} issues`;
  }

  function showAll() {
    showMore(10 * CHUNK);
    if (shown < found.length) showing = requestAnimationFrame(showAll);
  }

  function ask() {
    cancelAnimationFrame(showing);
    for (const body of [...table.tBodies]) body.remove();
    shown = 0;
    found = chosen();
    showMore(CHUNK);
    const all = rows.length === found.length ? "" : ` of ${number.format(rows.length)}`;
    at("count").textContent = found.length
      ? `${number.format(found.length)}${all} ${rows.length === 1 ? "issue" : "issues"}` : "Nothing fits the filter.";
    for (const head of table.tHead.rows[0].cells) {
      if (head.dataset.sort && head.dataset.sort === controls.sort.value) head.setAttribute("aria-sort", "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  // ---- listening ----

  function fill(select, options) {
    for (const [value, title] of options) {
      const option = make("option", "", title);
      option.value = value;
      select.append(option);
    }
  }

  function tallied(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  }

  const everything = ["", `All (${number.format(rows.length)})`];
  const perStatus = tallied(rows.map((row) => row[STATUS]));
  const perType = tallied(rows.map((row) => texts[row[TYPE]]));
  fill(controls.status, [everything, ...statuses.map((title, index) => [String(index), title, perStatus.get(index)])
    .filter((each) => each[2]).map(([value, title, count]) => [value, `${title} (${number.format(count)})`])]);
  fill(controls.type, [everything, ...[...perType].sort().map(([type, count]) => [type, `${type} (${number.format(count)})`])]);
  fill(controls.sort, [["", "The report's order"], ...keys.slice(1).map((key, place) => [key, columns[place + 1]]), ["since", "First seen"]]);

  const titles = make("tr");
  keys.forEach((key, place) => {
    const head = make("th", `c-${key}`);
    head.scope = "col";
    const button = make("button", "", columns[place]);
    button.type = "button";
    if (column[key] === undefined) button.disabled = true;
    else {
      head.dataset.sort = key;
      button.addEventListener("click", () => {
        controls.sort.value = controls.sort.value === key ? "" : key;
        ask();
      });
    }
    head.append(button);
    titles.append(head);
  });
  table.tHead.append(titles);

  let waiting = 0;
  controls.filter.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(ask);
  });
  for (const name of ["status", "type", "sort"]) controls[name].addEventListener("change", ask);
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("all").addEventListener("click", showAll);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      controls.filter.focus();
    } else if (event.key === "Escape" && controls.filter.value) {
      controls.filter.value = "";
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
  addEventListener("beforeprint", () => {
    showMore(PRINTED);
    if (shown < found.length) at("count").textContent += `; the first ${number.format(shown)} are printed`;
  });

  ask();
  viewer.hidden = false;
  performance.mark("shown");
})();
