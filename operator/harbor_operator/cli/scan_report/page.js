"use strict";
(() => {
  // Said at once, so that a long table is not laid out before it is divided into pages.
  document.documentElement.classList.add("js");

  const start = () => {
    const table = document.querySelector("table.findings");
    if (!table) return;
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const inOrder = [...body.rows].map((row, index) => ({
      row,
      index,
      severity: Number(row.dataset.severity),
      fixable: row.dataset.fixable === "1",
      allowed: row.dataset.allowed === "1",
      artifacts: row.dataset.artifacts.split(" "),
      text: null,
    }));
    const element = (id) => document.getElementById(id);
    const boxes = (name) => [...document.querySelectorAll(`.tools input[name="${name}"]`)];
    const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
    const collator = new Intl.Collator("en", { numeric: true });
    const state = { page: 0, column: -1, down: false };
    let matching = inOrder;

    const textOf = (entry) => (entry.text ??= entry.row.textContent.toLowerCase());

    const key = (entry, column) => {
      const kind = heads[column].dataset.sort;
      if (kind === "severity") return entry.severity;
      if (heads[column].textContent.startsWith("Artifacts")) return entry.artifacts.length;
      const text = entry.row.cells[column].textContent;
      if (kind === "number") return Number.parseFloat(text) || 0;
      return text;
    };

    const compare = (one, other) =>
      typeof one === "number" ? one - other : collator.compare(one, other);

    const order = (entries) => {
      if (state.column < 0) return entries;
      const keyed = entries.map((entry) => [key(entry, state.column), entry]);
      const sign = state.down ? -1 : 1;
      keyed.sort((a, b) => sign * compare(a[0], b[0]) || a[1].index - b[1].index);
      return keyed.map(([, entry]) => entry);
    };

    const select = () => {
      const wanted = words(element("search").value);
      const artifact = element("artifact").value;
      const severities = new Set(boxes("severity").filter((b) => b.checked).map((b) => Number(b.value)));
      const onlyFixable = boxes("fixable").some((box) => box.checked);
      const withAllowed = boxes("allowed").every((box) => box.checked);
      matching = order(
        inOrder.filter(
          (entry) =>
            severities.has(entry.severity) &&
            (entry.fixable || !onlyFixable) &&
            (withAllowed || !entry.allowed) &&
            (artifact === "" || entry.artifacts.includes(artifact)) &&
            wanted.every((word) => textOf(entry).includes(word)),
        ),
      );
    };

    const show = () => {
      const size = Number(element("size").value);
      const pages = Math.max(1, Math.ceil(matching.length / size));
      state.page = Math.min(state.page, pages - 1);
      const first = state.page * size;
      const shown = matching.slice(first, first + size);
      body.replaceChildren(...shown.map((entry) => entry.row));
      const number = (value) => value.toLocaleString("en");
      const of =
        matching.length === inOrder.length
          ? number(inOrder.length)
          : `${number(matching.length)} matching, ${number(inOrder.length)} in all`;
      element("shown").textContent = shown.length
        ? `${number(first + 1)} to ${number(first + shown.length)} of ${of}`
        : `Nothing matches, ${number(inOrder.length)} in all`;
      element("previous").disabled = state.page === 0;
      element("next").disabled = state.page === pages - 1;
    };

    const anew = () => {
      state.page = 0;
      select();
      show();
    };

    const turn = (by) => {
      state.page += by;
      show();
      element("findings").scrollIntoView();
    };

    const sortBy = (column) => {
      // Once more turns it round, and the third time is the order of the report again.
      if (state.column !== column) [state.column, state.down] = [column, false];
      else if (!state.down) state.down = true;
      else state.column = -1;
      heads.forEach((head, index) => {
        if (index === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      anew();
    };

    const button = (place, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.append(...place.childNodes);
      place.append(made);
      made.addEventListener("click", act);
    };

    heads.forEach((head, column) => button(head, () => sortBy(column)));
    for (const name of document.querySelectorAll(".matrix .name")) {
      const number = name.dataset.artifact;
      if (![...element("artifact").options].some((option) => option.value === number)) continue;
      button(name, () => {
        element("artifact").value = number;
        anew();
        element("findings").scrollIntoView();
        element("artifact").focus({ preventScroll: true });
      });
    }

    let waiting = 0;
    element("search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(anew, 120);
    });
    document.querySelector(".tools").addEventListener("change", anew);
    element("size").addEventListener("change", anew);
    element("previous").addEventListener("click", () => turn(-1));
    element("next").addEventListener("click", () => turn(1));

    // Paper has no pages to turn and nothing to open.
    addEventListener("beforeprint", () => {
      body.replaceChildren(...matching.map((entry) => entry.row));
      for (const details of body.querySelectorAll(".places details")) details.open = true;
    });
    addEventListener("afterprint", () => {
      for (const details of body.querySelectorAll(".places details")) details.open = false;
      show();
    });

    document.querySelector(".tools").hidden = false;
    document.querySelector(".pager").hidden = false;
    anew();
    body.classList.add("ready");
  };

  document.addEventListener("DOMContentLoaded", start);
})();
