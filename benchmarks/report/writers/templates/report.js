"use strict";
(() => {
  const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
  // Hover and keyboard: every mark carries an SVG <title> (which works without scripts); here it becomes a tip of our own.
  for (const t of $$("svg title")) { const p = t.parentNode; p.dataset[p.matches("g") ? "of" : "tip"] = t.textContent; t.remove(); }
  const told = (el) => { const [first, ...rest] = (el.closest("[data-of]")?.dataset.of ?? "").split(" · "); return [first, el.dataset.tip, ...rest].filter(Boolean).join(" · "); };
  const tip = document.createElement("div"); tip.id = "tip"; tip.hidden = true; document.body.append(tip);
  const live = document.createElement("div"); live.className = "sr"; live.setAttribute("role", "status"); document.body.append(live);
  const show = (el, say) => {
    const text = told(el); tip.textContent = text.replaceAll(" · ", "\n"); tip.hidden = false; if (say) live.textContent = text;
    const b = el.getBoundingClientRect(), w = tip.offsetWidth, h = tip.offsetHeight;
    const x = Math.min(Math.max(8, b.x + b.width / 2 - w / 2), innerWidth - w - 8);
    const y = b.y - h - 10 > 4 ? b.y - h - 10 : b.bottom + 10;
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  };
  let hot = null;
  const hide = () => { tip.hidden = true; hot?.classList.remove("hot"); hot = null; };
  // A line, a band, a bar or a name tells what the nearest mark of its architecture tells.
  const markAt = (e) => {
    const own = e.target.closest?.("[data-tip]"), of = e.target.closest?.(".chart [data-ar]"); if (own || !of) return own;
    const far = (m) => { const b = m.getBoundingClientRect(); return Math.hypot(b.x + b.width / 2 - e.clientX, b.y + b.height / 2 - e.clientY); };
    return $$(`[data-ar="${of.dataset.ar}"] [data-tip]`, of.closest(".chart")).map((m) => [far(m), m]).sort((a, b) => a[0] - b[0])[0]?.[1];
  };
  for (const kind of ["pointerover", "pointermove"]) document.addEventListener(kind, (e) => { const m = markAt(e); m ? (hide(), show(m)) : hot || hide(); });
  document.addEventListener("scroll", () => (hot ? show(hot) : hide()), { passive: true });
  for (const c of $$(".chart, .marks-in")) {
    const marks = () => $$("[data-tip]", c).filter((m) => m.getClientRects().length);
    c.tabIndex = 0;
    c.addEventListener("keydown", (e) => {
      if (e.key === "Escape") return hide();
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key]; if (!step) return;
      const all = marks(); if (!all.length) return; e.preventDefault();
      const at = all.indexOf(hot), next = all[(at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length];
      hide(); hot = next; hot.classList.add("hot"); show(hot, true);
    });
    c.addEventListener("blur", hide);
  }
  // Copy
  for (const c of $$(".cmd")) {
    const b = document.createElement("button"); b.type = "button"; b.textContent = "Copy"; b.setAttribute("aria-label", "Copy the command"); c.append(b);
    b.addEventListener("click", async () => {
      const text = $("pre", c).textContent;
      try { await navigator.clipboard.writeText(text); } catch { const r = document.createRange(); r.selectNodeContents($("pre", c)); const s = getSelection(); s.removeAllRanges(); s.addRange(r); document.execCommand("copy"); }
      b.textContent = "Copied"; live.textContent = "Copied"; setTimeout(() => (b.textContent = "Copy"), 1500);
    });
  }
  // CSV, made of the JSON so that the page holds its trainings once; as --csv writes it, with what a spreadsheet would run as a formula behind an apostrophe
  for (const a of $$("a[data-csv]")) {
    const { columns, data } = JSON.parse(decodeURIComponent(a.getAttribute("href").replace(/^[^,]*,/, "")));
    const plain = (v) => v === null ? "" : v === true ? "True" : v === false ? "False" : typeof v === "string" && /^[=+\-@\t\r\n]/.test(v) ? `'${v}` : `${v}`;
    const entry = (v) => { const text = plain(v); return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };
    const b = document.createElement("a"); b.className = "button"; b.download = a.dataset.csv; b.textContent = "CSV, one row per training";
    b.href = `data:text/csv;charset=utf-8,${encodeURIComponent([columns, ...data].map((row) => row.map(entry).join(",") + "\r\n").join("").replace(/\p{Cs}/gu, "?"))}`; a.before(b);
  }
  // Sort
  const sortTable = (table, col, dir) => {
    const body = table.tBodies[0], key = (r) => { const c = r.cells[col]; return c.dataset.v ?? (c.classList.contains("r") ? "" : c.textContent.trim()); }; // a number without a value is last
    const rows = [...body.rows].sort((a, b) => { const x = key(a), y = key(b), n = x - y; if (x === "" || y === "") return (x === "") - (y === ""); return dir * (Number.isNaN(n) ? x.localeCompare(y) : n); });
    body.append(...rows);
    [...table.tHead.rows[0].cells].forEach((h, i) => h.hasAttribute("aria-sort") && h.setAttribute("aria-sort", i === col ? (dir > 0 ? "ascending" : "descending") : "none"));
    table.dataset.sort = `${col}${dir > 0 ? "a" : "d"}`;
  };
  for (const table of $$("table.sorts")) {
    const heads = [...table.tHead.rows[0].cells].filter((h) => h.hasAttribute("aria-sort"));
    const label = document.createElement("label"), pick = document.createElement("select"); label.className = "sortby"; label.append("Sort by ", pick);
    pick.append(new Option("default order", ""));
    for (const h of heads) {
      const b = document.createElement("button"); b.type = "button"; b.className = "sort"; b.append(...h.childNodes); h.append(b);
      const first = h.classList.contains("r") && h.dataset.first !== "a" ? -1 : 1;
      b.addEventListener("click", () => { const now = h.getAttribute("aria-sort"); sortTable(table, h.cellIndex, now === "none" ? first : now === "ascending" ? -1 : 1); save(); });
      pick.append(new Option(b.textContent, `${h.cellIndex}${first > 0 ? "a" : "d"}`));
    }
    pick.addEventListener("change", () => { const m = /^(\d+)([ad])$/.exec(pick.value); if (m) { sortTable(table, +m[1], m[2] === "a" ? 1 : -1); save(); } });
    table.before(label);
  }
  // State in the address: #ds=cifar10&cost=flops&hide=vgg,lenet&sort-cells=2d&open=curves,hard
  const defaults = new Map($$("input[type=radio]").filter((i) => i.defaultChecked).map((i) => [i.name, i.value]));
  const save = () => {
    const p = new URLSearchParams();
    for (const i of $$("input[type=radio]:checked")) if (defaults.get(i.name) !== i.value) p.set(i.name, i.value);
    const off = $$("input[name=arch]:not(:checked)").map((i) => i.value); if (off.length) p.set("hide", off.join(","));
    for (const t of $$("table[data-sort]")) p.set(`sort-${t.id}`, t.dataset.sort);
    const open = $$("details.d[open]").map((d) => d.id); if (open.length) p.set("open", open.join(","));
    try { history.replaceState(null, "", p.size ? `#${p}` : location.pathname + location.search); } catch { /* a page without an address of its own */ }
    count();
  };
  const count = () => { const o = $("#count"); if (o) { const all = $$("#cells tbody tr"); o.textContent = `${all.filter((r) => r.getClientRects().length).length} of ${all.length} cells. `; } };
  const load = () => {
    const raw = location.hash.slice(1);
    if (raw && !raw.includes("=")) { const d = document.getElementById(raw); if (d?.matches("details")) d.open = true; return; }
    const p = new URLSearchParams(raw), off = (p.get("hide") ?? "").split(","), open = (p.get("open") ?? "").split(",");
    const there = (name) => $$(`input[name=${name}]`).some((i) => i.value === p.get(name)) ? p.get(name) : defaults.get(name); // an address of another page may name what this one lacks
    for (const i of $$("input[type=radio]")) i.checked = there(i.name) === i.value;
    for (const i of $$("input[name=arch]")) i.checked = !off.includes(i.value);
    for (const t of $$("table.sorts")) { const m = /^(\d+)([ad])$/.exec(p.get(`sort-${t.id}`) ?? ""); if (m && t.tHead.rows[0].cells[m[1]]?.hasAttribute("aria-sort")) sortTable(t, +m[1], m[2] === "a" ? 1 : -1); }
    for (const d of $$("details.d")) if (open.includes(d.id)) d.open = true;
  };
  load(); count();
  addEventListener("hashchange", load);
  document.addEventListener("change", (e) => e.target.matches("input") && save());
  for (const d of $$("details.d")) d.addEventListener("toggle", save);
  // Theme
  const theme = $("#theme"); theme.hidden = false;
  const names = ["system", "light", "dark"]; let mode = "system"; try { mode = localStorage.getItem("cnn-theme") ?? "system"; } catch { /* no storage */ }
  const paint = () => { mode === "system" ? delete document.documentElement.dataset.theme : (document.documentElement.dataset.theme = mode); theme.textContent = `Theme: ${mode}`; };
  paint();
  theme.addEventListener("click", () => { mode = names[(names.indexOf(mode) + 1) % 3]; try { localStorage.setItem("cnn-theme", mode); } catch { /* no storage */ } paint(); });
})();

