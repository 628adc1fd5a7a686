(() => {
  const OPEN_FIELDS = 6;
  const LONG_GROUP = 10;
  const [SECTION, KIND, PERSON, ACCOUNT, PERMISSION, REASON, DETAIL, SOURCE, FIELDS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const COLUMNS = [
    ["what", "What"], ["permission", "Group or product"], ["person", "Person"], ["account", "Account"], ["why", "Why"],
  ];
  const SORTS = [["", "As listed"], ...COLUMNS, ["file", "File"]];
  const GROUPS = [
    ["cause", "Cause"], ["person", "Person"], ["department", "Department"],
    ["permission", "Group or product"], ["kind", "Action"], ["file", "File"], ["", "Nothing"],
  ];
  const SIGNS = { remove: "\u2212", add: "+", change: "~" };

  const viewer = at("viewer");
  if (!viewer) return;
  const { sections, kinds, permissions, rows, texts, people, links, grouped, by } = JSON.parse(at("plan").textContent);
  const controls = { filter: at("filter"), show: at("show"), group: at("group"), sort: at("sort") };
  const table = at("entries");
  const hasAccounts = rows.some((row) => row[ACCOUNT] >= 0);
  const span = hasAccounts ? COLUMNS.length : COLUMNS.length - 1;
  const counted = (count, noun) => `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;
  const said = (index) => (index < 0 ? "" : texts[index]);
  const nameOf = (person) => (people[person] && people[person][0] !== person ? texts[people[person][0]] : "");
  const departmentOf = (row) => people[row[PERSON]]?.[1] ?? -1;
  const called = (person) => (person < 0 ? "" : `${nameOf(person)} ${texts[person]}`.trim());

  // ---- what is asked for: filter, sort, group ----

  const ranks = new Map();
  function ranksOf(name, listed) {
    if (!ranks.has(name)) ranks.set(name, ranked(listed()));
    return ranks.get(name);
  }

  const LAST = 0x7fffffff;
  const columnOf = (column) => (row) => row[column];
  function rankOf(key) {
    if (key === "section") return columnOf(SECTION);
    if (key === "cause") {
      const first = new Map();
      rows.forEach((row, index) => { if (!first.has(causeOf(row))) first.set(causeOf(row), index); });
      return (row) => first.get(causeOf(row));
    }
    const [value, name, values] = {
      what: [columnOf(KIND), "kinds", () => kinds.map((kind) => kind[0].slice(2))],
      kind: [columnOf(KIND), "kinds", () => kinds.map((kind) => kind[0].slice(2))],
      permission: [columnOf(PERMISSION), "permissions", () => permissions.map(([type, name]) => `${name} ${type}`)],
      person: [columnOf(PERSON), "called", () => texts.map((_, index) => called(index))],
      account: [columnOf(ACCOUNT), "texts", () => texts],
      department: [departmentOf, "texts", () => texts],
      why: [columnOf(DETAIL), "texts", () => texts],
      file: [columnOf(SOURCE), "texts", () => texts],
    }[key];
    const rank = ranksOf(name, values);
    return (row) => (value(row) < 0 ? LAST : rank[value(row)]);
  }

  // One cause is what one line of the files does to one group or product: said once, with everybody it moves.
  const causeOf = (row) => [row[KIND], row[PERMISSION], row[REASON], row[DETAIL]].join();

  const fitting = filtering(rows, (row) => [
    kinds[row[KIND]][0], called(row[PERSON]), said(departmentOf(row)), said(row[ACCOUNT]), said(row[REASON]), said(row[DETAIL]), said(row[SOURCE]),
    ...(row[PERMISSION] < 0 ? [] : permissions[row[PERMISSION]]), ...(row[FIELDS] ?? []).flat().map(said),
  ]);

  function chosen() {
    const fits = fitting(controls.filter.value);
    const section = controls.show.value === "" ? -1 : Number(controls.show.value);
    const found = [];
    for (let index = 0; index < rows.length; index += 1) {
      if ((section < 0 || rows[index][SECTION] === section) && fits(index)) found.push(index);
    }
    if (controls.sort.value) {
      const rank = rankOf(controls.sort.value);
      found.sort((a, b) => rank(rows[a]) - rank(rows[b]) || a - b);
    }
    return found;
  }

  function groupsOf(found) {
    const by = controls.group.value;
    if (!by) return [{ key: "", title: null, members: found }];
    const keyOf = {
      section: columnOf(SECTION), cause: causeOf, person: columnOf(PERSON), department: departmentOf,
      permission: columnOf(PERMISSION), kind: columnOf(KIND), file: columnOf(SOURCE),
    }[by];
    const groups = new Map();
    for (const index of found) {
      const key = keyOf(rows[index]);
      if (!groups.has(key)) groups.set(key, { key: `${by} ${key}`, title: titleOf(by, key, rows[index]), members: [] });
      groups.get(key).members.push(index);
    }
    const list = [...groups.values()];
    const rank = rankOf(by);
    return list.sort((a, b) => rank(rows[a.members[0]]) - rank(rows[b.members[0]]));
  }

  function titleOf(by, key, row) {
    if (by === "section") return sections[key];
    if (by === "kind") return kinds[key][0];
    if (by === "cause") {
      const what = row[PERMISSION] < 0 ? "" : ` ${permissions[row[PERMISSION]][1]}`;
      const why = [said(row[REASON]), said(row[DETAIL])].filter(Boolean).join(": ");
      return `${kinds[row[KIND]][0].replace(/^-/, SIGNS.remove)}${what}${why ? ` \u2014 ${why}` : ""}`;
    }
    if (key < 0) return { person: "No person known", department: "No department", permission: "Accounts", file: "No file" }[by];
    if (by === "permission") return `${permissions[key][0]} ${permissions[key][1]}`;
    return by === "person" ? `person ${called(key)}` : texts[key];
  }

  // ---- elements: only texts come from the plan ----

  function rowOf(index) {
    const row = rows[index];
    const [kind, style] = kinds[row[KIND]];
    const made = make("tr", row[FIELDS] ? "fielded" : "");
    const permission = row[PERMISSION] < 0 ? "" : permissions[row[PERMISSION]][1];
    const why = make("td", "why");
    const reason = [said(row[REASON]), said(row[DETAIL])].filter(Boolean).join(": ");
    if (reason) why.append(make("bdi", "", reason));
    if (row[SOURCE] >= 0) why.append(placeOf(texts[row[SOURCE]]));
    made.append(
      cell(`what ${style}`, "", kind.replace(/^-/, SIGNS.remove)), cell("permission", "", permission), personOf(row[PERSON]),
      cell("account", "Account", said(row[ACCOUNT])), why,
    );
    return row[FIELDS] ? [made, fieldsOf(row[FIELDS])] : [made];
  }

  function personOf(person) {
    const name = person < 0 ? "" : nameOf(person);
    const made = cell("person", "Person", name || said(person));
    if (name) made.append(" ", make("bdi", "number", texts[person]));
    return made;
  }

  // The repository's pages, whose addresses whoever made this report gave; a path is escaped whole.
  function placeOf(place) {
    const [head, base, label] = links;
    const isBase = label && place.startsWith(`${label}:`);
    const template = isBase ? base : head;
    if (!template) return make("bdi", "file", place);
    const [, path, line] = /^([^]+?)(?::([1-9][0-9]*))?$/.exec(isBase ? place.slice(label.length + 1) : place);
    const link = make("a", "file", place);
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    link.setAttribute("href", template.replace("{path}", () => escaped).replace("{line}", () => line ?? "1"));
    link.rel = "noreferrer";
    link.target = "_blank";
    return link;
  }

  function fieldsOf(fields) {
    const made = make("tr", "changes");
    const holder = make("td");
    holder.colSpan = span;
    const inner = make("table", fields.length === 1 ? "fields one" : "fields");
    const titles = make("tr");
    titles.append(...["Field", "Before", "After"].map((title) => make("th", "", title)));
    inner.append(titles);
    for (const [name, before, after] of fields) {
      const line = make("tr");
      const head = make("th");
      head.append(make("bdi", "", texts[name]));
      line.append(head, ...[before, after].map((value) => {
        const shown = cell("", "", texts[value]);
        if (texts[value] === "(none)") shown.className = "none";
        return shown;
      }));
      inner.append(line);
    }
    if (fields.length > OPEN_FIELDS) {
      const fold = make("details");
      fold.append(make("summary", "", `${fields.length} fields`), inner);
      holder.append(fold);
    } else {
      holder.append(inner);
    }
    made.append(holder);
    return made;
  }

  function headOf(group) {
    const made = make("tr", "group");
    const head = make("th");
    head.colSpan = span;
    head.scope = "rowgroup";
    const button = make("button");
    button.type = "button";
    button.dataset.group = group.key;
    button.setAttribute("aria-expanded", String(!isFolded(group)));
    const signed = Object.entries(SIGNS).map(([style, sign]) => {
      const count = group.members.reduce((sum, index) => sum + (kinds[rows[index][KIND]][1] === style), 0);
      return [style, count, `${sign}${number.format(count)}`];
    }).filter(([, count]) => count);
    const isPlain = controls.group.value === "section" || signed.length !== 1 || signed[0][1] !== group.members.length;
    button.append(make("bdi", "", group.title));
    if (isPlain) button.append(make("small", "faint", number.format(group.members.length)));
    if (controls.group.value !== "section") button.append(...signed.map(([style, , text]) => make("small", style, text)));
    head.append(button);
    made.append(head);
    return made;
  }

  // ---- showing ----

  const folds = new Map();
  let groups = [];

  // What one cause does to many is folded until somebody wants to see who, or a filter leaves a few.
  const isFolded = (group) => folds.get(group.key)
    ?? (grouped === "cause" && controls.group.value === "cause" && group.members.length > LONG_GROUP);

  function laid(leftOut) {
    const lines = [];
    for (const group of groups) {
      if (group.title !== null) lines.push(group);
      if (!leftOut(group)) for (const index of group.members) lines.push(index);
    }
    return lines;
  }

  function sayFold() {
    const foldable = groups.filter((group) => group.title !== null);
    at("fold").hidden = !foldable.length;
    at("fold").textContent = foldable.every(isFolded) ? "Unfold all" : "Fold all";
  }

  function ask() {
    const found = chosen();
    groups = groupsOf(found);
    list.show(laid(isFolded));
    sayFold();
    const all = rows.length === found.length ? "" : ` of ${number.format(rows.length)}`;
    const parts = controls.group.value && controls.group.value !== "section" ? `, ${counted(groups.length, "group")}` : "";
    const noun = rows.length === 1 ? "entry" : "entries";
    at("count").textContent = found.length ? `${number.format(found.length)}${all} ${noun}${parts}` : "Nothing fits the filter.";
    for (const [section, button] of figures) button.setAttribute("aria-pressed", String(controls.show.value === section));
  }

  // ---- listening ----

  const perSection = new Array(sections.length).fill(0);
  for (const row of rows) perSection[row[SECTION]] += 1;
  fill(controls.show, [["", `Everything (${number.format(rows.length)})`]]);
  fill(controls.show, sections.map((title, index) => [String(index), `${title} (${number.format(perSection[index])})`])
    .filter((_, index) => perSection[index]));
  fill(controls.group, [["section", by], ...GROUPS].filter(([by]) => by !== "department" || Object.values(people).some((each) => each[1] >= 0)));
  controls.group.value = grouped;
  table.classList.toggle("no-account", !hasAccounts);
  fill(controls.sort, SORTS);

  // What the page counts at its top can be shown alone.
  const figures = [...document.querySelectorAll(".figures li")].map((item) => {
    const section = String(sections.indexOf(item.dataset.section));
    const button = make("button");
    button.type = "button";
    button.append(...item.childNodes);
    button.addEventListener("click", () => {
      controls.show.value = controls.show.value === section ? "" : section;
      ask();
      at("controls").scrollIntoView();
    });
    item.append(button);
    return [section, button];
  });

  const list = listing({
    columns: COLUMNS,
    drawn: (line) => (typeof line === "number" ? rowOf(line) : [headOf(line)]),
    ask: () => ask(),
    onPaper: () => laid(() => false),
    noun: "lines",
  });
  at("fold").addEventListener("click", () => {
    const fold = !groups.every(isFolded);
    for (const group of groups) folds.set(group.key, fold);
    list.show(laid(isFolded));
    sayFold();
  });
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-group]");
    if (!button) return;
    const key = button.dataset.group;
    folds.set(key, button.getAttribute("aria-expanded") === "true");
    list.again(laid(isFolded));
    sayFold();
    for (const each of table.querySelectorAll("button[data-group]")) if (each.dataset.group === key) each.focus();
  });

  ask();
  viewer.hidden = false;
  performance.mark("shown");
})();
