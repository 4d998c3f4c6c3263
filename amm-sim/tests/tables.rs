//! Tables written and read back: the same cells, the same bytes, and words for what is wrong.

use amm_sim::tables::{self, Column, Holds, Source, Table, Value, schema};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn source() -> Source {
    Source::new(u64::MAX, "ab".repeat(32))
}

/// A table of every type, with and without empty cells.
fn mixed(rows: &[Cells]) -> Table {
    let columns = vec![
        Column::new("n", Holds::Integer, "blocks", "a number"),
        Column::new("x", Holds::Float, "1", "a measure").maybe(),
        Column::new("name", Holds::Text, "", "a name"),
        Column::new("yes", Holds::Boolean, "", "whether").maybe(),
    ];
    let mut table = Table::new("mixed", "Of every type", columns);
    for (n, x, name, yes) in rows {
        let cells = [("name", name.clone().into()), ("n", (*n).into())];
        table.push(cells.into_iter().chain([("x", (*x).into()), ("yes", (*yes).into())])).unwrap();
    }
    table
}

type Cells = (i64, Option<f64>, String, Option<bool>);

fn cells() -> impl Strategy<Value = Vec<Cells>> {
    let number = prop_oneof![any::<f64>().prop_filter("finite", |x| x.is_finite()), Just(-0.0)];
    let name = "[ -~\n\"éλ]{0,12}";
    prop::collection::vec(
        (any::<i64>(), prop::option::of(number), name, any::<Option<bool>>()),
        0..20,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// What is written as Parquet reads back to the bit, with its units and its source; written
    /// again it is the same bytes.
    #[test]
    fn parquet_keeps_every_bit(rows in cells()) {
        let (folder, table) = (folder("parquet"), mixed(&rows));
        tables::write(&folder, &table, &source()).unwrap();
        let file = folder.join("mixed.parquet");
        let bytes = fs::read(&file).unwrap();
        prop_assert_eq!(tables::read(&file).unwrap(), (table.clone(), Some(source())));
        tables::write(&folder, &table, &source()).unwrap();
        prop_assert!(bytes == fs::read(&file).unwrap());
        let files = fs::read_dir(&folder).unwrap();
        let names: BTreeSet<_> = files.map(|entry| entry.unwrap().file_name()).collect();
        prop_assert!(names.iter().eq(["mixed.csv", "mixed.parquet"]));
    }

    /// Numbers read back from CSV are the numbers written.
    #[test]
    fn csv_keeps_every_number(responses in prop::collection::vec(any::<f64>(), 0..20)) {
        let (folder, mut table) = (folder("csv"), schema::impulse());
        for (block, response) in responses.iter().filter(|x| x.is_finite()).enumerate() {
            let cells = [("block", block.into()), ("response", (*response).into())];
            let names = [("design", "static, or \"so\"".into()), ("shock", (-3).into())];
            table.push(names.into_iter().chain(cells)).unwrap();
        }
        tables::write(&folder, &table, &source()).unwrap();
        prop_assert_eq!(tables::read(&folder.join("impulse.csv")).unwrap(), (table, None));
    }
}

#[test]
fn a_wrong_row_is_refused_and_leaves_no_trace() {
    let mut table = schema::split();
    let good = || [("design", "active".into()), ("ell", 0.5.into()), ("part", "timing".into())];
    let mut refused = |cells: Vec<(&'static str, Value)>| {
        let reason = table.push(good().into_iter().chain(cells)).unwrap_err().to_string();
        assert!(table.rows().is_empty());
        reason
    };
    assert_eq!(
        refused(vec![("value", 0.1.into()), ("hihg", 0.2.into())]),
        "table split has no column `hihg`; it has design, ell, part, value, low, high"
    );
    assert_eq!(refused(vec![("part", "x".into())]), "table split: two values for column `part`");
    let missing = refused(vec![]);
    assert_eq!(missing, "table split, row 0, column `value`: is missing; every row has a float");
    assert!(refused(vec![("value", "1".into())]).contains("is no float"));
    assert!(refused(vec![("value", f64::INFINITY.into())]).contains("inf is not finite"));
    table.push(good().into_iter().chain([("value", 0.1.into())])).unwrap();
    assert_eq!(table.rows()[0][4..], [Value::Empty, Value::Empty]);
}

#[test]
fn a_folder_is_read_by_name_and_parquet_comes_first() {
    let folder = folder("folder");
    let mut table = schema::lp();
    let row = [("design", "static".into()), ("part", "fees".into()), ("value", 2.into())];
    table.push(row).unwrap();
    tables::write(&folder, &table, &source()).unwrap();
    fs::write(folder.join("lp.csv"), "nothing that fits").unwrap();
    fs::write(folder.join("other.csv"), "a,b,c,d\n1,0.5,true,x\n,2,,\n").unwrap();
    fs::write(folder.join("read.me"), "no table").unwrap();
    let found = tables::read_all(&folder).unwrap();
    assert_eq!(found.source, Some(source()));
    assert_eq!(found.tables[0], table);
    let holds: Vec<_> = found.tables[1].columns().iter().map(|column| column.holds).collect();
    assert_eq!(holds, [Holds::Integer, Holds::Float, Holds::Boolean, Holds::Text]);
    assert_eq!(found.tables.len(), 2);
}

/// What is said about a file, after its name.
fn fault(file: &Path) -> String {
    let error = tables::read(file).unwrap_err();
    assert!(!error.remedy().is_empty());
    error.to_string().replace(&format!("{}: ", file.display()), "")
}

#[test]
fn a_broken_file_is_named_with_line_and_column() {
    let folder = folder("broken");
    let file = folder.join("lp.csv");
    let said = |text: &str| {
        fs::write(&file, text).unwrap();
        fault(&file)
    };
    assert_eq!(said("design,part\n"), "1: no column `value`");
    assert_eq!(said("design,part,value,part\n"), "1: two columns `part`");
    assert_eq!(
        said("design,part,value\na,fees,1\na,skew,l\n"),
        "3: column `value`: `l` is no float"
    );
    assert!(said("design,part,value\na,fees,\n").starts_with("2: table lp, row 0, column `value`"));
    assert!(said("design,part,value\na,fees,inf\n").contains("inf is not finite"));
    assert!(said("design,part,value\na,fees\n").contains("line: 2"));
    let file = folder.join("lp.parquet");
    for bytes in [&b"PAR1"[..], b"PAR1 or not PAR1", b""] {
        fs::write(&file, bytes).unwrap();
        assert!(!fault(&file).is_empty());
    }
    assert!(fault(&folder.join("none.csv")).contains("No such file"));
    let name = Table::new("../up", "", Vec::new());
    let error = tables::write(&folder, &name, &source()).unwrap_err();
    assert!(error.to_string().starts_with("`../up` is no name of a table"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// A file with a byte changed or its end cut off is read or refused; the decoder's panics stay inside.
    #[test]
    fn a_damaged_file_is_an_error(place in any::<prop::sample::Index>(), to: u8, cut: bool) {
        let (folder, rows) = (folder("damaged"), [(1, Some(0.5), "a".to_owned(), None)]);
        tables::write(&folder, &mixed(&rows), &source()).unwrap();
        for name in ["mixed.parquet", "mixed.csv"] {
            let file = folder.join(name);
            let mut bytes = fs::read(&file).unwrap();
            let place = place.index(bytes.len());
            bytes[place] = to;
            bytes.truncate(if cut { place } else { bytes.len() });
            fs::write(&file, bytes).unwrap();
            let _ = tables::read(&file);
        }
    }
}
