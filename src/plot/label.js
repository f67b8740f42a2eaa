// Labelling the images of one query: answers, keys, what the browser keeps, saving and opening labels.csv.
(function () {
  'use strict';
  var NONE = -2, CANT = -1;
  var get = function (id) { return document.getElementById(id); };
  var query = JSON.parse(get('query').textContent), names = query.classes, images = query.images;
  var picture = get('picture'), status = get('status'), annotator = get('annotator'), find = get('find');
  var answers = images.map(function () { return { label: NONE, seconds: 0, by: '' }; });
  var at = 0, typed = '', zoom = 0, past = [], unsaved = false, since = performance.now();
  // Classes called by single digits have those as keys, 0 too; others are numbered from 1, with as many digits as it takes.
  var digits = names.every(function (name) { return /^[0-9]$/.test(name); });
  var width = digits || names.length < 10 ? 1 : String(names.length).length;
  var cantKey = digits ? 'x' : '0'.repeat(width);
  // What a class is called may be what "can't tell" is called.
  var cantWords = ['?', "can't tell", 'cannot tell'].filter(function (w) { return names.indexOf(w) < 0; }), cantWord = cantWords[0];

  function keyOf(c) { return digits ? names[c] : String(c + 1).padStart(width, '0'); }
  function say(text) { status.textContent = text; }
  function open() { return answers.filter(function (a) { return a.label === NONE; }).length; }
  function word(label) { return label === CANT ? "can't tell" : names[label]; }

  // ---- what the browser keeps
  function keep() {
    try {
      localStorage.setItem(query.key, JSON.stringify({ name: annotator.value, at: at, unsaved: unsaved,
        answers: answers.map(function (a) { return [a.label, a.seconds, a.by]; }) }));
    } catch (e) { get('kept').hidden = false; }
  }
  function restore() {
    var state;
    try { state = JSON.parse(localStorage.getItem(query.key)); } catch (e) { get('kept').hidden = false; }
    if (!state || !Array.isArray(state.answers) || state.answers.length !== images.length) { return; }
    answers = state.answers.map(function (a) {
      var label = a[0] >= NONE && a[0] < names.length ? Math.floor(a[0]) : NONE;
      return { label: label, seconds: Number(a[1]) || 0, by: String(a[2] || '') };
    });
    annotator.value = String(state.name || '');
    at = Math.min(Math.max(Math.floor(Number(state.at)) || 0, 0), images.length - 1);
    unsaved = state.unsaved === true;
    if (open() < images.length) { say(images.length - open() + ' answers were kept by this browser.'); }
  }

  // ---- the picture and what is around it
  function fit() {
    var room = Math.min(get('frame').parentNode.clientWidth, 512), most = Math.max(innerHeight * 0.55, 160);
    var times = Math.max(1, zoom || Math.floor(Math.min(room / query.w, most / query.h)));
    picture.width = query.w * times;
    picture.height = query.h * times;
    return times;
  }
  function show() {
    var i = images[at], a = answers[at], done = images.length - open();
    fit();
    picture.src = 'data:image/png;base64,' + get('p' + at).textContent;
    picture.alt = 'Image ' + (at + 1) + ' of ' + images.length + (a.label === NONE ? ', no answer yet' : ': ' + word(a.label));
    get('caption').textContent = 'Image ' + (at + 1) + ' of ' + images.length + ', row ' + i.image +
      (a.label === NONE ? '' : ': ' + word(a.label));
    get('progress').value = done;
    get('count').textContent = done + ' of ' + images.length + ' answered';
    get('suggestion').hidden = !query.suggest || i.suggested < 0;
    get('suggestion').textContent = query.suggest && i.suggested >= 0 ? 'The model sees: ' + names[i.suggested] : '';
    Array.prototype.forEach.call(get('classes').children, function (b) {
      b.setAttribute('aria-pressed', String(Number(b.value) === a.label));
    });
    get('back').disabled = at === 0;
    get('forward').disabled = at === images.length - 1;
    get('next').disabled = done === images.length;
    get('undo').disabled = past.length === 0;
  }
  // Time in view counts until there is an answer, and while the page can be seen.
  function clock() {
    var now = performance.now();
    if (since !== null && answers[at].label === NONE) { answers[at].seconds += (now - since) / 1000; }
    since = document.hidden ? null : now;
  }
  function go(to) {
    clock();
    typed = '';
    at = Math.min(Math.max(to, 0), images.length - 1);
    show();
    keep();
  }
  function nextOpen() {
    for (var k = 1; k <= images.length; k++) {
      if (answers[(at + k) % images.length].label === NONE) { return (at + k) % images.length; }
    }
    return at;
  }

  // ---- answers
  function answer(label) {
    var was = answers[at];
    if (label === CANT && !cantWord) { return; }
    clock();
    past.push({ at: at, answers: [[at, { label: was.label, seconds: was.seconds, by: was.by }]] });
    was.label = label;
    was.by = annotator.value.trim();
    unsaved = true;
    say('Image ' + (at + 1) + ': ' + word(label) + '. ' + (open() ? open() + ' to go.' : 'All have an answer: save labels.csv.'));
    go(nextOpen());
  }
  function undo() {
    var last = past.pop();
    if (!last) { return; }
    clock();
    last.answers.forEach(function (pair) { answers[pair[0]] = pair[1]; });
    at = last.at;
    since = document.hidden ? null : performance.now();
    unsaved = true;
    say('Taken back: image ' + (at + 1) + '.');
    go(at);
  }
  function type(digit) {
    var label;
    typed += digit;
    if (typed.length < width) { say('Class number ' + typed + '\u2026'); return; }
    label = digits ? names.indexOf(typed) : Number(typed) - 1;
    if (label >= names.length || (digits && label < 0)) {
      say('There is no class ' + typed + '.');
      typed = '';
    } else { answer(label); }
  }

  // ---- labels.csv
  function field(value) {
    value = String(value);
    return /[",\r\n]|^\s|\s$/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value;
  }
  // A spreadsheet would compute what begins like a formula; such a class goes by its number.
  function token(label) {
    if (label < 0) { return label === CANT ? cantWord : ''; }
    return /^[=+\-@]/.test(names[label]) && names.indexOf(String(label)) < 0 ? label : names[label];
  }
  function save() {
    var lines = ['client,order,image,file,suggested,label,annotator,seconds'], link = document.createElement('a');
    clock();
    images.forEach(function (i, k) {
      var a = answers[k], there = a.label !== NONE;
      lines.push([i.client, i.order, i.image, i.file, i.suggested < 0 ? '' : i.suggested, token(a.label),
        there ? a.by || annotator.value.trim() : '', there ? a.seconds.toFixed(1) : ''].map(field).join(','));
    });
    link.href = URL.createObjectURL(new Blob([lines.join('\n') + '\n'], { type: 'text/csv' }));
    link.download = 'labels.csv';
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
    unsaved = false;
    say('Saved labels.csv with ' + (images.length - open()) + ' answers, ' + open() + ' open' +
      (annotator.value.trim() ? '.' : '; your name is not in it.'));
    keep();
  }
  function cut(text) {
    var rows = [], row = [], cell = '', quoted = false, k, c;
    function end() { row.push(quoted === null ? cell : cell.trim()); cell = ''; quoted = false; }
    for (k = 0; k < text.length; k++) {
      c = text[k];
      if (quoted === true) {
        if (c !== '"') { cell += c; } else if (text[k + 1] === '"') { cell += '"'; k++; } else { quoted = null; }
      } else if (c === '"' && cell.trim() === '') { cell = ''; quoted = true; }
      else if (c === ',') { end(); }
      else if (c === '\n' || c === '\r') {
        if (c === '\r' && text[k + 1] === '\n') { k++; }
        end(); rows.push(row); row = [];
      } else if (quoted === false) { cell += c; }
    }
    if (cell !== '' || row.length) { end(); rows.push(row); }
    return rows;
  }
  function labelOf(text) {
    var label = names.indexOf(text);
    if (label >= 0) { return label; }
    if (/^[0-9]+$/.test(text) && Number(text) < names.length) { return Number(text); }
    return text === '' ? NONE : cantWords.indexOf(text) >= 0 ? CANT : undefined;
  }
  function take(text) {
    var rows = cut(text.replace(/^\ufeff/, '')), head = rows[0] || [], place = Object.create(null), taken = [];
    var column = function (row, name) { var k = head.indexOf(name); return k >= 0 && row[k] !== undefined ? row[k] : ''; };
    images.forEach(function (i, k) { place[i.file] = k; });
    if (head.indexOf('file') < 0 || head.indexOf('label') < 0) { return 'its first line does not name the columns file and label'; }
    for (var r = 1; r < rows.length; r++) {
      if (rows[r].join('') === '') { continue; }
      var k = place[column(rows[r], 'file')], label = labelOf(column(rows[r], 'label'));
      if (k === undefined) { return 'row ' + (r + 1) + ' is about an image of another query'; }
      if (label === undefined) { return 'row ' + (r + 1) + ': there is no class ' + column(rows[r], 'label'); }
      if (label !== NONE) {
        taken.push([k, { label: label, seconds: Number(column(rows[r], 'seconds')) || 0, by: column(rows[r], 'annotator') }]);
      }
    }
    past.push({ at: at, answers: taken.map(function (pair) { return [pair[0], answers[pair[0]]]; }).reverse() });
    unsaved = unsaved && open() < images.length;
    taken.forEach(function (pair) { answers[pair[0]] = pair[1]; });
    annotator.value = annotator.value || (taken.length ? taken[taken.length - 1][1].by : '');
    at = answers[at].label === NONE ? at : nextOpen();
    go(at);
    return '';
  }
  function read(files) {
    if (!files.length) { return; }
    var reader = new FileReader();
    reader.onload = function () {
      var before = images.length - open(), wrong = take(String(reader.result));
      say(wrong ? 'Nothing was taken from this file: ' + wrong + '.'
        : 'Opened: ' + (images.length - open()) + ' answers (' + before + ' before).');
    };
    reader.onerror = function () { say('This file cannot be read.'); };
    reader.readAsText(files[0]);
    get('file').value = '';
  }

  // ---- controls
  function button(label, key, name) {
    var b = document.createElement('button'), k = document.createElement('kbd'), text = document.createElement('span');
    b.type = 'button';
    b.value = label;
    k.textContent = key;
    text.textContent = name;
    b.setAttribute('aria-label', name + ', key ' + key);
    b.append(k, text);
    b.addEventListener('click', function () { answer(label); });
    get('classes').append(b);
  }
  function filter() {
    var text = find.value.toLowerCase();
    Array.prototype.forEach.call(get('classes').children, function (b) {
      b.hidden = Number(b.value) >= 0 && names[b.value].toLowerCase().indexOf(text) < 0;
    });
  }
  function found(e) {
    var left = Array.prototype.filter.call(get('classes').children, function (b) { return !b.hidden && Number(b.value) >= 0; });
    if (e.key === 'Escape') { find.value = ''; filter(); find.blur(); }
    if (e.key !== 'Enter' || find.value === '') { return; }
    var exact = left.filter(function (b) { return names[b.value].toLowerCase() === find.value.toLowerCase(); });
    left = exact.length === 1 ? exact : left;
    if (left.length !== 1) { say(left.length + ' classes match: go on typing.'); return; }
    find.value = '';
    filter();
    answer(Number(left[0].value));
  }
  function zoomBy(step) { zoom = Math.max(1, fit() + step); fit(); }
  var actions = { ArrowLeft: function () { go(at - 1); }, ArrowRight: function () { go(at + 1); }, n: function () { go(nextOpen()); },
    u: undo, x: function () { answer(CANT); }, s: save, '+': function () { zoomBy(1); }, '-': function () { zoomBy(-1); },
    Escape: function () { typed = ''; say(''); }, Backspace: function () { typed = typed.slice(0, -1); say(typed); },
    '/': function () { find.focus(); } };
  function key(e) {
    var inText = e.target === annotator || e.target === find, combined = e.ctrlKey || e.metaKey;
    var name = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if (combined && name === 's') { e.preventDefault(); save(); return; }
    if (combined && name === 'z' && !inText) { e.preventDefault(); undo(); return; }
    if (e.target === annotator && name === 'Enter') { annotator.blur(); }
    if (combined || e.altKey || inText || e.isComposing) { return; }
    if (name >= '0' && name <= '9' && name.length === 1) {
      e.preventDefault();
      if (!e.repeat) { type(name); }
    } else if (name === 'Enter' && typed !== '') {
      e.preventDefault();
      typed = typed.padStart(width, '0').slice(0, width - 1) + typed.slice(-1);
      var whole = typed;
      typed = whole.slice(0, -1);
      type(whole.slice(-1));
    } else if (actions[name] && !(name === '/' && find.parentNode.hidden) && !(e.repeat && name === 'x')) {
      e.preventDefault();
      actions[name]();
    }
  }

  names.forEach(function (name, c) { button(c, keyOf(c), name); });
  if (cantWord) { button(CANT, cantKey, "can't tell"); }
  get('numbers').textContent = digits ? 'its class, the digit itself' : width === 1 ? 'class of that number, from 1'
    : 'class of that number: ' + width + ' digits (' + keyOf(0) + ' is ' + names[0] + '), or fewer and Enter';
  get('cant').textContent = digits ? 'x' : cantKey + ' or x';
  find.parentNode.hidden = names.length <= 20;
  get('progress').max = images.length;
  get('smooth').checked = query.smooth === true;
  picture.classList.toggle('smooth', query.smooth === true);
  restore();
  Object.entries({ back: 'ArrowLeft', forward: 'ArrowRight', next: 'n', undo: 'u', save: 's', larger: '+', smaller: '-' })
    .forEach(function (pair) { get(pair[0]).addEventListener('click', function () { actions[pair[1]](); }); });
  get('open').addEventListener('click', function () { get('file').click(); });
  get('file').addEventListener('change', function () { read(this.files); });
  get('smooth').addEventListener('change', function () { picture.classList.toggle('smooth', this.checked); });
  annotator.addEventListener('change', keep);
  find.addEventListener('input', filter);
  find.addEventListener('keydown', found);
  document.addEventListener('keydown', key);
  document.addEventListener('visibilitychange', clock);
  window.addEventListener('resize', fit);
  window.addEventListener('beforeunload', function (e) { if (unsaved) { e.preventDefault(); e.returnValue = ''; } });
  get('app').hidden = false;
  show();
}());
