"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Sorting: by the entries' keys; entries without one stay last.
  const key = (row, index) => {
    const value = row.cells[index]?.dataset.key;
    return value === undefined ? null : value;
  };
  const compare = (a, b) => {
    const x = Number(a), y = Number(b);
    return a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)
      ? x - y : a.localeCompare(b, "en", { numeric: true });
  };
  for (const table of all("table[data-sortable]")) {
    const heads = all("thead th", table);
    heads.forEach((head, index) => {
      head.querySelector("button.sort").addEventListener("click", () => {
        const first = head.classList.contains("n") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [key(row, index), row]);
        rows.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  // Filtering: rows and panels by architecture, data set and text; columns by data set.
  const filters = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const apply = () => {
    const { dataset, architecture, text } = filters.elements;
    const words = text.value.trim().toLowerCase();
    const fits = (element) =>
      (!dataset.value || !element.dataset.dataset || element.dataset.dataset === dataset.value) &&
      (!architecture.value || !element.dataset.architecture || element.dataset.architecture === architecture.value);
    for (const item of all("[data-item]")) {
      const named = item.dataset.architecture || item.dataset.dataset;
      item.hidden = !fits(item) || Boolean(words && named && !`${item.dataset.architecture} ${item.dataset.dataset} ${item.textContent}`.toLowerCase().includes(words));
    }
    for (const entry of all("th[data-dataset], td[data-dataset]")) entry.hidden = !fits(entry);
    for (const group of all("[data-group]")) group.hidden = all("[data-item].panel", group).every((item) => item.hidden);
    const rows = all("#cells tbody tr");
    shown.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} cells`;
  };
  filters.addEventListener("input", apply);
  filters.addEventListener("reset", () => setTimeout(apply));
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
  apply();

  // Copying a command; where the clipboard is closed, the text is selected instead.
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      const label = button.firstChild.nodeValue;
      let word = "Copied";
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        word = "Selected";
      }
      shown.value = `${word}: the command`;
      button.firstChild.nodeValue = word;
      setTimeout(() => { button.firstChild.nodeValue = label; }, 1500);
    });
  }

  // Theme: the system's, or the reader's choice, remembered where the browser allows it.
  const themes = ["system", "light", "dark"];
  const theme = document.getElementById("theme");
  const show = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.dataset.name = name;
    theme.textContent = `Theme: ${name}`;
  };
  let chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch { /* no storage for local files here */ }
  show(themes.includes(chosen) ? chosen : "system");
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(theme.dataset.name) + 1) % themes.length];
    show(next);
    try { localStorage.setItem("theme", next); } catch { /* not remembered, then */ }
  });
  theme.hidden = false;

  // Paper has nothing to open.
  addEventListener("beforeprint", () => { for (const one of all("details.table")) one.open = true; });

  // The contents show where the reader is.
  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) {
        link.classList.remove("here");
        link.removeAttribute("aria-current");
      }
      links.get(entry.target.id).classList.add("here");
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const section of all("main > section")) if (links.has(section.id)) seen.observe(section);
})();
