/* What Python has written as HTML is put on the page; tables are sorted by a click on a heading, and the arrow keys
   lead along the bars of a chart. */

function writeMarkup(place) {
  if (place.dataset.markup) {
    place.innerHTML = place.dataset.markup;
  }
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") {
      writeMarkup(change.target);
    }
    for (const added of change.addedNodes) {
      if (added.nodeType === Node.ELEMENT_NODE) {
        [added, ...added.querySelectorAll("[data-markup]")].forEach(writeMarkup);
      }
    }
  }
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-markup"] });

const TEXTS = new Intl.Collator(undefined, { numeric: true });

/* What has no value comes last, whichever way the others are sorted. */
function sortRows(heading) {
  const isNumber = heading.classList.contains("number");
  const isDescending = heading.ariaSort ? heading.ariaSort === "ascending" : isNumber;
  const body = heading.closest("table").tBodies[0];
  const rows = [...body.rows].map((row) => {
    const cell = row.cells[heading.cellIndex];
    const text = cell.dataset.value ?? (isNumber ? "" : cell.textContent);
    return { row, isNothing: text === "" || text === "–", value: isNumber ? Number(text) : text };
  });
  rows.sort((one, other) => {
    if (one.isNothing || other.isNothing) {
      return one.isNothing - other.isNothing;
    }
    const order = isNumber ? one.value - other.value : TEXTS.compare(one.value, other.value);
    return isDescending ? -order : order;
  });
  body.append(...rows.map(({ row }) => row));
  for (const each of heading.parentElement.cells) {
    each.ariaSort = null;
  }
  heading.ariaSort = isDescending ? "descending" : "ascending";
}

document.addEventListener("click", (event) => {
  const heading = event.target.closest?.(".table-box th");
  if (heading) {
    sortRows(heading);
  }
});

document.addEventListener("keydown", (event) => {
  const slot = event.target.closest?.(".slot");
  const next = slot && { ArrowLeft: slot.previousElementSibling, ArrowRight: slot.nextElementSibling }[event.key];
  if (next?.matches(".slot")) {
    slot.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    event.preventDefault();
  }
});
