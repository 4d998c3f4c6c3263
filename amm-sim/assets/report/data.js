// The run's data.

const DATA = JSON.parse(document.getElementById("data").textContent);
const SUMMARY = DATA.summary;

/** A table's rows as objects, its columns by name, or null if the run has no such table. */
const tables = {};
for (const [name, table] of Object.entries(DATA.tables)) {
  const columns = table.columns;
  for (const column of columns) {
    if (column.holds !== "text") continue;
    column.cells = column.cells.map((number) => (number == null ? null : column.words[number]));
  }
  const count = columns.length ? columns[0].cells.length : 0;
  const rows = Array.from({ length: count }, (_, at) =>
    Object.fromEntries(columns.map((column) => [column.name, column.cells[at]])),
  );
  tables[name] = { name, title: table.title, file: table.file, total: table.rows, columns, rows };
}
const tableOf = (name) => (tables[name] && tables[name].rows.length ? tables[name] : null);
