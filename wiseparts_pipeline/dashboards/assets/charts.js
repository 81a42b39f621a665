/* Charts in the colours of the theme, and clicks on charts and steps, which set the value of a control. */

function drawn(drawing, isLight, themes) {
  const template = themes[isLight ? "vizro_light" : "vizro_dark"];
  return { data: drawing.data, layout: { ...drawing.layout, template } };
}

/* A bar without a key is not to be clicked; the click is forgotten, so that the same bar can be clicked again. */
function chosen(click, drawing) {
  const sets = drawing.layout.meta && drawing.layout.meta.sets;
  const point = click && click.points && click.points[0];
  const key = point && point.customdata && point.customdata[0];
  if (sets && key) {
    dash_clientside.set_props(sets, { value: key });
  }
  return null;
}

function stepped() {
  const triggered = dash_clientside.callback_context.triggered_id;
  const pressed = dash_clientside.callback_context.triggered.some((each) => each.value);
  if (triggered && pressed) {
    dash_clientside.set_props(triggered.sets, { value: triggered.key });
  }
}

window.dash_clientside = Object.assign({}, window.dash_clientside, {
  figures: { drawn, chosen, stepped },
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
