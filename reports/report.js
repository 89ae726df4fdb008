// Everything is readable without this: it adds copy buttons, a filter of the checks, unfolding of link targets in older
// browsers, and what was picked and filtered in the address.
"use strict";
(function () {
  function copy(text, done) {
    function selected() { // where the clipboard may not be used from a file
      var area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      try { document.execCommand("copy") && done(); } finally { area.remove(); }
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, selected);
    else selected();
  }
  function addCopyButton(pre) {
    var text = pre.textContent, button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", function () {
      copy(text, function () {
        button.textContent = "copied";
        setTimeout(function () { button.textContent = "copy"; }, 1500);
      });
    });
    pre.appendChild(button);
  }
  // Buttons are made when a section is unfolded, not for hundreds of sections at once.
  function dress(section) {
    if (section.dataset.dressed) return;
    section.dataset.dressed = "1";
    section.querySelectorAll("pre.copy").forEach(addCopyButton);
  }
  // The fragment: an id, then what is filtered, "#checks&q=fp16%20mylib&loud". Ids hold no "&".
  var box, loud = document.getElementById("loud"), matches;
  function keepState(id) {
    var words = box && box.value.trim();
    var parts = [id || location.hash.slice(1).split("&")[0]];
    if (words) parts.push("q=" + encodeURIComponent(words));
    if (loud && loud.checked) parts.push("loud");
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (e) { /* a frame without an address */ }
  }
  function decoded(text) {
    try { return decodeURIComponent(text); } catch (e) { return text; }
  }
  function takeState(parts) {
    parts.forEach(function (part) {
      if (part === "loud" && loud) loud.checked = true;
      if (part.slice(0, 2) === "q=" && box) box.value = decoded(part.slice(2));
    });
    filter();
  }
  function followHash() {
    var parts = location.hash.slice(1).split("&"), id = parts.shift();
    takeState(parts);
    var target = document.getElementById(id) || document.getElementById(decoded(id));
    if (!target) return;
    if (target.name === "combo") {
      target.checked = true;
      target = document.getElementById("matrix");
    }
    for (var at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.hidden) { // a link leads to what the filter hides
        box.value = "";
        filter();
      }
    }
    keepState(id);
    target.scrollIntoView();
  }
  function filter() {
    if (!box) return;
    var words = box.value.toLowerCase().split(/\s+/), shown = 0;
    sections.forEach(function (section) {
      var text = section.querySelector("summary").textContent.toLowerCase();
      section.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      shown += !section.hidden;
    });
    matches.textContent = box.value.trim() ? shown + " of " + sections.length + " shown" : "";
  }
  function addFilter() {
    var heading = document.getElementById("checks");
    if (!heading || sections.length < 4) return;
    box = document.createElement("input");
    box.type = "search";
    box.className = "filter";
    box.placeholder = "filter: fp16 mylib via-fp16";
    box.setAttribute("aria-label", "show only checks that contain these words");
    matches = document.createElement("span");
    matches.className = "matches";
    matches.setAttribute("role", "status");
    box.addEventListener("input", function () {
      filter();
      keepState("checks");
    });
    heading.after(box, matches);
  }
  var sections = Array.prototype.slice.call(document.querySelectorAll("details.case"));
  sections.forEach(function (section) {
    if (section.open) dress(section);
    section.addEventListener("toggle", function () { dress(section); });
  });
  document.querySelectorAll("input.pick").forEach(function (radio) {
    radio.addEventListener("change", function () { keepState(radio.id); });
  });
  if (loud) loud.addEventListener("change", function () { keepState(); });
  addFilter();
  addEventListener("hashchange", followHash);
  followHash();
})();
