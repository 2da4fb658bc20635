/* Search by name: the index comes in shards, each a script, so that file:// will do. */
"use strict";
(function () {
  const KINDS = ["page", "struct", "field", "folder", "function"];
  const MOST = 100;
  const MOST_SHARDS = 12;
  const FOLDER = "_search/";
  const loaded = new Map();
  let keys = [];
  let turn = 0;

  window.lockmapShards = function (found) {
    keys = found;
  };
  window.lockmapShard = function (number, data) {
    const pages = data[0], wheres = data[1];
    loaded.get(number).rows = data[2].map((row) => ({
      name: row[0], lower: row[0].toLowerCase(), kind: row[1],
      page: pages[row[2]], place: row[3], where: wheres[row[4]],
    }));
  };

  function script(name) {
    return new Promise(function (resolve) {
      const element = document.createElement("script");
      element.src = FOLDER + name;
      element.onload = element.onerror = resolve;
      document.head.append(element);
    });
  }

  function load(number) {
    if (!loaded.has(number)) {
      loaded.set(number, { rows: [] });
      loaded.get(number).ready = script("index-" + number + ".js");
    }
    return loaded.get(number).ready;
  }

  /* Shards whose names may begin so: those of a longer key, or of a beginning of it. */
  function shardsFor(start, inside) {
    const found = [];
    keys.forEach(function (key, number) {
      if (key[1] === inside && (start.startsWith(key[0]) || key[0].startsWith(start)))
        found.push(number);
    });
    return found;
  }

  function words(query) {
    return query.match(/[a-z0-9]+/g) || [];
  }

  function rank(entry, query) {
    if (entry.lower === query) return 0;
    if (entry.kind === 2 && entry.lower.endsWith("." + query)) return 1;
    if (entry.kind === 3 && entry.lower.startsWith(query)) return 2;
    if (entry.lower.startsWith(query)) return 3;
    return entry.lower.includes(query) ? 4 : 5;
  }

  function fits(entry, query, parts) {
    if (entry.lower.includes(query)) return true;
    const own = words(entry.lower);
    return parts.every((part) => own.some((word) => word.startsWith(part)));
  }

  async function search(text) {
    const mine = ++turn;
    const query = text.trim().toLowerCase().replace(/^struct\s+/, "").replace(/\(\)$/, "");
    const status = document.getElementById("lm-status");
    const list = document.getElementById("lm-results");
    if (query.length < 2) {
      list.replaceChildren();
      status.textContent = query ? "Type two letters or more." : "";
      return;
    }
    const parts = words(query);
    const longest = parts.reduce((a, b) => (b.length > a.length ? b : a), "");
    const wanted = shardsFor(query, 0);
    const inside = longest ? shardsFor(longest, 1) : [];
    const chosen = wanted.slice(0, MOST_SHARDS).concat(inside.slice(0, MOST_SHARDS));
    status.textContent = "Searching ...";
    await Promise.all(chosen.map(load));
    if (mine !== turn) return;
    const seen = new Set();
    const found = [];
    for (const number of chosen)
      for (const entry of loaded.get(number).rows) {
        const id = entry.page + "#" + entry.place;
        if (!seen.has(id) && fits(entry, query, parts)) {
          seen.add(id);
          found.push([rank(entry, query), found.length, entry]);
        }
      }
    found.sort((a, b) => a[0] - b[0] || a[2].kind - b[2].kind || a[1] - b[1]);
    const few = wanted.length > MOST_SHARDS ? " at least; more letters find more" : "";
    status.textContent = found.length
      ? found.length + (found.length === 1 ? " result" : " results") + few
      : "Nothing is called so where the lock matters.";
    list.replaceChildren(...found.slice(0, MOST).map((item) => result(item[2])));
    if (found.length > MOST) status.textContent += "; the first " + MOST + " are shown";
  }

  function result(entry) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.page + ".html" + (entry.place ? "#" + entry.place : "");
    link.textContent = entry.name;
    const kind = document.createElement("span");
    kind.className = "lm-kind";
    kind.textContent = KINDS[entry.kind] + (entry.where ? ", " + entry.where : "");
    item.append(link, " ", kind);
    return item;
  }

  document.addEventListener("DOMContentLoaded", async function () {
    const input = document.getElementById("lm-query");
    if (!input) return;
    await script("index.js");
    const asked = new URLSearchParams(location.search).get("q") || "";
    input.value = input.value || asked;
    let timer = 0;
    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(() => search(input.value), 120);
    });
    input.form.addEventListener("submit", function (event) {
      event.preventDefault();
      history.replaceState(null, "", "?q=" + encodeURIComponent(input.value));
      search(input.value);
    });
    if (input.value) search(input.value);
    else input.focus();
  });
})();
