/* Which build a page shows, and what is clicked on it, which sets the value of a control. */

/* Remembers which build is shown; an empty one asks for the page to be loaded again. */
function opened(build) {
  if (build) {
    dash_clientside.set_props(dash_clientside.callback_context.inputs_list[0].id.sets, { value: build });
  } else {
    window.location.reload();
  }
  return dash_clientside.no_update;
}

window.dash_clientside = Object.assign({}, window.dash_clientside, {
  figures: { opened },
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-sets]");
  if (button) {
    dash_clientside.set_props(button.dataset.sets, { value: button.dataset.key ?? "" });
  }
});

/* Values in an address may be written as they are, `?customer=C001`; Vizro reads those that it has encoded. */
(function encodeAddress() {
  const parameters = new URLSearchParams(window.location.search);
  let isChanged = false;
  for (const [name, value] of [...parameters.entries()]) {
    if (!value.startsWith("b64_")) {
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      const encoded = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
      parameters.set(name, `b64_${encoded}`);
      isChanged = true;
    }
  }
  if (isChanged) {
    const { pathname, hash } = window.location;
    history.replaceState(null, "", `${pathname}?${parameters}${hash}`);
  }
})();
