// Everything is readable without this: it adds copy buttons, a filter of the checks, unfolding of link targets in older
// browsers, and the picked table in the address.
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
  function followHash() {
    var id = location.hash.slice(1), target;
    try { target = document.getElementById(id) || document.getElementById(decodeURIComponent(id)); } catch (e) { return; }
    if (!target) return;
    if (target.name === "combo") {
      target.checked = true;
      target = document.getElementById("matrix");
    }
    for (var at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  }
  function addFilter(sections) {
    var heading = document.getElementById("checks"), box = document.createElement("input");
    if (!heading || sections.length < 4) return;
    box.type = "search";
    box.className = "filter";
    box.placeholder = "filter: fp16 mylib via-fp16";
    box.setAttribute("aria-label", "show only checks that contain these words");
    box.addEventListener("input", function () {
      var words = box.value.toLowerCase().split(/\s+/);
      sections.forEach(function (section) {
        var text = section.querySelector("summary").textContent.toLowerCase();
        section.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      });
    });
    heading.after(box);
  }
  var sections = Array.prototype.slice.call(document.querySelectorAll("details.case"));
  sections.forEach(function (section) {
    if (section.open) dress(section);
    section.addEventListener("toggle", function () { dress(section); });
  });
  document.querySelectorAll("input.pick").forEach(function (radio) {
    radio.addEventListener("change", function () { history.replaceState(null, "", "#" + radio.id); });
  });
  addFilter(sections);
  addEventListener("hashchange", followHash);
  followHash();
})();
