/* Filter and sort tables; leave everything else to the page. */
"use strict";
(function () {
  const FEWEST = 8;

  function text(row) {
    if (row.lmText === undefined) row.lmText = row.textContent.toLowerCase();
    return row.lmText;
  }

  function filter(box, table, what, number) {
    const rows = Array.from(table.tBodies[0].rows);
    const bar = document.createElement("div");
    bar.className = "lm-filter";
    const input = document.createElement("input");
    input.type = "search";
    input.id = "lm-filter-" + number;
    input.autocomplete = "off";
    input.spellcheck = false;
    const label = document.createElement("label");
    label.htmlFor = input.id;
    label.textContent = "Filter " + what;
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    count.setAttribute("aria-live", "polite");
    count.textContent = rows.length + " " + what;
    let timer = 0;
    function apply() {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const fits = words.every((word) => text(row).includes(word));
        row.hidden = !fits;
        shown += fits;
      }
      count.textContent = words.length
        ? shown + " of " + rows.length + " " + what
        : rows.length + " " + what;
    }
    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(apply, 80);
    });
    bar.append(label, input, count);
    box.before(bar);
  }

  function value(row, column) {
    const cell = row.cells[column];
    const shown = cell ? cell.textContent.trim() : "";
    const number = Number(shown.replace(/,/g, "").split(/\s/)[0]);
    return [shown !== "" && !Number.isNaN(number) ? number : null, shown];
  }

  function compare(a, b) {
    if (a[0] !== null && b[0] !== null && a[0] !== b[0]) return a[0] - b[0];
    return a[1].localeCompare(b[1], "en", { numeric: true });
  }

  function sortable(table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", function () {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = Array.from(table.tBodies[0].rows).map((row) => [value(row, column), row]);
        rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
        table.tBodies[0].append(...rows.map((pair) => pair[1]));
      });
    });
  }

  /* What a link leads to may lie in a part that is folded. */
  function unfold() {
    const id = decodeURIComponent(location.hash.slice(1));
    let at = id ? document.getElementById(id) : null;
    if (!at) return;
    const target = at;
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView({ block: "center" });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".lm-table").forEach(function (box, number) {
      const table = box.querySelector("table");
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Table of " + (box.dataset.filter || "facts"));
      if (!table || !table.tHead || table.tBodies[0].rows.length < 2) return;
      sortable(table);
      if (box.dataset.filter && table.tBodies[0].rows.length >= FEWEST)
        filter(box, table, box.dataset.filter, number);
    });
    unfold();
    window.addEventListener("hashchange", unfold);
  });
})();
