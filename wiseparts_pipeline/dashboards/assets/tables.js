/* How the cells of tables are written; the names are those of `Unit` in figures/formats.py. */

const NOTHING = "–";

function number(value, decimals) {
  if (value === null || value === undefined) {
    return NOTHING;
  }
  return value.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function day(value, options) {
  if (!value) {
    return NOTHING;
  }
  const shown = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC", ...options };
  return new Date(`${value}Z`).toLocaleString("en-GB", shown);
}

window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
  money: (value) => number(value, 2),
  count: (value) => number(value, 0),
  rate: (value) => (value === null || value === undefined ? NOTHING : `${number(value * 100, 1)} %`),
  days: (value) => number(value, 1),
  seconds: (value) => number(value, value < 10 ? 1 : 0),
  day: (value) => day(value),
  moment: (value) => day(value, { hour: "2-digit", minute: "2-digit" }),
});

window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
  CustomerLink: (props) => {
    const key = props.data && props.data[props.of];
    const href = `${props.path}?customer=${encodeURIComponent(key)}`;
    return key ? React.createElement("a", { href }, props.value) : props.value;
  },
});
