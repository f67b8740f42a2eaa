// What the page can do beyond being read: filter, highlight, sort, download. Everything is there without it.
(function () {
  'use strict';
  var form = document.getElementById('controls'), wanted = { setting: '', a: '', b: '' };
  var all = function (q, root) { return Array.prototype.slice.call((root || document).querySelectorAll(q)); };
  var data = JSON.parse(document.getElementById('data').textContent);

  function names(key) {
    var seen = {};
    all('[data-' + key + ']').forEach(function (e) { seen[e.getAttribute('data-' + key)] = 1; });
    return Object.keys(seen);
  }
  function fill(select, list) {
    list.forEach(function (name) { select.add(new Option(name.length > 80 ? name.slice(0, 79) + '\u2026' : name, name)); });
    select.parentNode.hidden = list.length < 2;
  }
  function said(table, row, key) { // what the column says that names strategies or settings
    var at = table.getAttribute('data-' + key);
    return at === null ? null : row.cells[at].textContent;
  }
  function fits(table, row) {
    var a = said(table, row, 'a'), b = said(table, row, 'b'), s = said(table, row, 's');
    var w = [wanted.a, wanted.b].filter(Boolean);
    if (s !== null && wanted.setting !== '' && s !== wanted.setting) { return false; }
    if (!w.length || data.strategies.indexOf(a) < 0) { return true; }
    if (b === null) { return w.indexOf(a) >= 0; }
    return w.every(function (n) { return n === a || n === b; });
  }
  function show() {
    all('[data-setting]').forEach(function (e) {
      e.hidden = wanted.setting !== '' && e.getAttribute('data-setting') !== wanted.setting;
    });
    all('table').forEach(function (table) {
      all('tbody tr', table).forEach(function (row) { row.hidden = !fits(table, row); });
    });
    var w = [wanted.a, wanted.b].filter(Boolean);
    all('g.series').forEach(function (g) {
      var name = g.getAttribute('data-name'); // parts of a cost are no strategies
      g.classList.toggle('dim', w.length > 0 && w.indexOf(name) < 0 && data.strategies.indexOf(name) >= 0);
    });
    all('th').forEach(function (th) { th.classList.toggle('chosen', w.indexOf(th.textContent) >= 0); });
    var hash = Object.keys(wanted).filter(function (k) { return wanted[k]; }).map(function (k) {
      return k + '=' + encodeURIComponent(wanted[k]);
    }).join('&');
    if (hash || /=/.test(location.hash)) { history.replaceState(null, '', '#' + hash); }
  }
  function read() {
    if (!/=/.test(location.hash)) { return; }
    location.hash.slice(1).split('&').forEach(function (part) {
      var at = part.indexOf('='), key = part.slice(0, at);
      if (!form.elements[key]) { return; }
      try { form.elements[key].value = decodeURIComponent(part.slice(at + 1)); } catch (e) { return; }
      wanted[key] = form.elements[key].value;
    });
    show();
  }
  function sort(table, at, th) {
    var body = table.tBodies[0], up = th.getAttribute('aria-sort') !== 'ascending';
    var key = function (row) {
      var text = row.cells[at] ? row.cells[at].textContent.trim() : '', n = parseFloat(text.replace('<', ''));
      return text === 'inf' ? Infinity : text === '-inf' ? -Infinity : isNaN(n) ? text : n;
    };
    var rows = all('tr', body).map(function (row, i) { return { row: row, key: key(row), i: i }; });
    rows.sort(function (x, y) {
      if (typeof x.key !== typeof y.key) { return typeof x.key === 'number' ? -1 : 1; }
      var less = x.key < y.key ? -1 : x.key > y.key ? 1 : 0;
      return (up ? less : -less) || x.i - y.i;
    });
    all('th[aria-sort]', table).forEach(function (h) { h.removeAttribute('aria-sort'); });
    th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    rows.forEach(function (r) { body.appendChild(r.row); });
  }
  function quote(v) { v = v === null ? '' : String(v); return /[",\r\n]/.test(v) ? '"' + v.replace(/"/g, '""') + '"' : v; }
  function csv(table) {
    var columns = table.columns, lines = [columns.map(function (c) { return c.name; }).join(',')];
    columns[0].values.forEach(function (unused, r) {
      lines.push(columns.map(function (c) { return quote(c.levels ? c.levels[c.values[r]] : c.values[r]); }).join(','));
    });
    return lines.join('\n') + '\n';
  }
  function download() {
    var id = form.elements.what.value;
    var text = id === 'report.json' ? JSON.stringify(data) : csv(data.tables[id]);
    var link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = id === 'report.json' ? id : id + '.csv';
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  fill(form.elements.setting, names('setting'));
  var strategies = data.strategies;
  fill(form.elements.a, strategies);
  fill(form.elements.b, strategies);
  ['report.json'].concat(Object.keys(data.tables)).forEach(function (id) { form.elements.what.add(new Option(id, id)); });
  form.addEventListener('change', function (e) {
    if (e.target.name in wanted) { wanted[e.target.name] = e.target.value; show(); }
  });
  form.addEventListener('submit', function (e) { e.preventDefault(); download(); });
  form.hidden = false;
  all('table').forEach(function (table) {
    if (!table.tBodies[0] || table.tBodies[0].rows.length < 3) { return; }
    all('thead th', table).forEach(function (th, at) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = th.textContent;
      th.textContent = '';
      th.appendChild(button);
      button.addEventListener('click', function () { sort(table, at, th); });
    });
  });
  window.addEventListener('hashchange', read);
  window.addEventListener('beforeprint', function () { all('details').forEach(function (d) { d.open = true; }); });
  read();
}());
