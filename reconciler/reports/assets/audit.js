(() => {
  const [PERSON, ACCOUNT, PERMISSION, TYPE, RESOLVED, DECIDED, SINCE, MORE, STATUS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const viewer = at("viewer");
  if (!viewer) return;

  const { system, columns, statuses, rows, texts } = JSON.parse(at("audit").textContent);
  const keys = ["system", "person", "account", "permission", "issue", "resolved"];
  const column = { person: PERSON, account: ACCOUNT, permission: PERMISSION, issue: TYPE, resolved: RESOLVED, since: SINCE };
  const controls = { filter: at("filter"), status: at("status"), type: at("type"), sort: at("sort") };

  // ---- what is asked for: filter and sort ----

  let ranks = null;
  function rankOf(text) {
    ranks ??= ranked(texts);
    return texts[text] === "" ? 0x7fffffff : ranks[text];
  }

  const moreOf = (row) => row[MORE].map((line) => texts[line]).join("\n");
  const fitting = filtering(rows, (row) => [system, ...row.slice(0, MORE).map((text) => texts[text]), moreOf(row), statuses[row[STATUS]]]);

  function chosen() {
    const fits = fitting(controls.filter.value);
    const status = controls.status.value === "" ? -1 : Number(controls.status.value);
    const type = controls.type.value;
    const found = [];
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index];
      if (status >= 0 && row[STATUS] !== status) continue;
      if (type && texts[row[TYPE]] !== type) continue;
      if (fits(index)) found.push(index);
    }
    const by = column[controls.sort.value];
    if (by !== undefined) found.sort((a, b) => rankOf(rows[a][by]) - rankOf(rows[b][by]) || a - b);
    return found;
  }

  // ---- elements: only texts come from the report ----

  function noted(name, label, text, more) {
    const made = cell(name, label, text);
    if (text && more) made.append(make("small", "", more));
    return made;
  }

  function rowOf(index) {
    const row = rows[index];
    const made = make("tr", `s${row[STATUS]}`);
    const said = (place) => texts[row[place]];
    made.append(
      cell("system", columns[0], system), cell("person", columns[1], said(PERSON)), cell("account", columns[2], said(ACCOUNT)),
      cell("permission", columns[3], said(PERMISSION)), noted("issue", "", said(TYPE), moreOf(row)),
      noted("resolved", columns[5], said(RESOLVED), said(DECIDED)),
    );
    return [made];
  }

  // ---- showing ----

  function ask() {
    const found = chosen();
    list.show(found);
    const all = rows.length === found.length ? "" : ` of ${number.format(rows.length)}`;
    at("count").textContent = found.length
      ? `${number.format(found.length)}${all} ${rows.length === 1 ? "issue" : "issues"}` : "Nothing fits the filter.";
  }

  // ---- listening ----

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

  const list = listing({
    columns: keys.map((key, place) => [key, columns[place], column[key] === undefined]),
    drawn: rowOf,
    ask: () => ask(),
    onPaper: chosen,
    noun: "issues",
  });

  ask();
  viewer.hidden = false;
  performance.mark("shown");
})();
