//! The scanner and calamine, held against each other.

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook as Writer};

use super::tests::{FIN, SHEET_START, headings, replaced, row, saved, with_part};
use super::{Book, Bounds, Bytes, Reach};
use crate::options::{Limits, ListOptions, Source};
use crate::read;

/// All cells of a sheet as one reader sees them.
fn all_cells(book: &mut Book, sheet: &str) -> Result<Vec<(u64, Vec<String>)>, crate::ListError> {
    let mut found = Vec::new();
    let bounds = Bounds::of(&ListOptions::default());
    book.walk(
        sheet,
        (bounds, Reach::Whole),
        &Limits::default(),
        |number, cells| {
            found.push((
                number,
                cells.iter().map(|cell| format!("{cell:?}")).collect(),
            ));
            Ok(std::ops::ControlFlow::Continue(()))
        },
    )?;
    Ok(found)
}

fn cells_of(book: &mut Book, sheet: &str) -> Vec<(u64, Vec<String>)> {
    all_cells(book, sheet).unwrap()
}

/// Holds the scanner against calamine over a whole workbook.
fn both_see_the_same(bytes: &[u8]) {
    let open = || -> Box<dyn Bytes> { Box::new(std::io::Cursor::new(bytes.to_vec())) };
    let limits = Limits::default();
    let mut scanned = Book::open(open(), &limits).unwrap();
    assert!(matches!(scanned, Book::Scanned(_)), "the scanner is sure");
    let mut calamine = Book::by_calamine(open(), &limits).unwrap();
    assert_eq!(scanned.sheets(), calamine.sheets());
    for (sheet, _) in scanned.sheets() {
        assert_eq!(
            cells_of(&mut scanned, &sheet),
            cells_of(&mut calamine, &sheet),
            "{sheet}"
        );
        assert!(
            matches!(scanned, Book::Scanned(_)),
            "the scanner is still sure"
        );
    }
}

#[test]
fn the_scanner_sees_what_calamine_sees() {
    let mut workbook = Writer::new();
    let sheet = workbook.add_worksheet().set_name("Größe & <Maß>").unwrap();
    headings(sheet, 2);
    row(sheet, 3, FIN);
    let bold = Format::new().set_bold();
    sheet
        .write_rich_string(4, 0, &[(&Format::new(), "Hans "), (&bold, "Huber & Söhne")])
        .unwrap();
    sheet.write_string(4, 1, "  blanks  ").unwrap();
    sheet.write_string(4, 2, "two\nlines").unwrap();
    sheet.write_boolean(4, 3, true).unwrap();
    sheet.write_number(4, 4, -12.5e-3).unwrap();
    sheet.write_blank(5, 0, &bold).unwrap();
    sheet
        .write_formula(
            6,
            0,
            rust_xlsxwriter::Formula::new("=\"a\"&\"<b>\"").set_result("a<b>"),
        )
        .unwrap();
    sheet
        .write_formula(6, 1, rust_xlsxwriter::Formula::new("=1+1").set_result("2"))
        .unwrap();
    sheet
        .write_formula(
            6,
            2,
            rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!"),
        )
        .unwrap();
    for (column, format) in (0..).zip([
        "dd.mm.yyyy",
        "[h]:mm",
        "h:mm AM/PM",
        "0.00",
        "@",
        "#,##0.00 [$€-407]",
        "yyyy\\-mm",
        "m/d/yy h:mm",
    ]) {
        let format = Format::new().set_num_format(format);
        sheet
            .write_number_with_format(7, column, 46_023.25, &format)
            .unwrap();
        sheet
            .write_number_with_format(8, column, 46_023, &format)
            .unwrap();
    }
    sheet.merge_range(9, 0, 9, 4, "merged", &bold).unwrap();
    sheet.write_string(20, 30, "far").unwrap();
    workbook.add_worksheet().set_name("empty").unwrap();
    workbook
        .add_worksheet()
        .set_name("hidden")
        .unwrap()
        .set_hidden(true);
    workbook
        .add_chartsheet()
        .set_name("chart")
        .unwrap()
        .insert_chart(0, 0, &{
            let mut chart = rust_xlsxwriter::Chart::new(rust_xlsxwriter::ChartType::Bar);
            chart.add_series().set_values(("empty", 0, 0, 1, 0));
            chart
        })
        .unwrap();
    both_see_the_same(&workbook.save_to_buffer().unwrap());
    let mut streamed = Writer::new();
    let sheet = streamed.add_worksheet_with_constant_memory().unwrap();
    headings(sheet, 0);
    row(sheet, 1, FIN);
    both_see_the_same(&streamed.save_to_buffer().unwrap());
}

#[test]
fn what_the_scanner_is_unsure_of_is_read_on_by_calamine() {
    let rows = |second: &str| {
        let mut xml = SHEET_START.to_vec();
        let heading = |column: char, text: &str| {
            format!(r#"<c r="{column}1" t="inlineStr"><is><t>{text}</t></is></c>"#)
        };
        xml.extend(
            format!(
                "<row r=\"1\">{}{}</row>",
                heading('A', "FIN"),
                heading('B', "Kunde")
            )
            .as_bytes(),
        );
        for row in [2, 3] {
            let fin =
                format!(r#"<c r="A{row}" t="inlineStr"><is><t>WVWZZZE1ZMP00000{row}</t></is></c>"#);
            let name = if row == 3 { second } else { "<t>Huber</t>" };
            let name = format!(r#"<c r="B{row}" t="inlineStr"><is>{name}</is></c>"#);
            xml.extend(format!("<row r=\"{row}\">{fin}{name}</row>").as_bytes());
        }
        xml.extend(b"</sheetData></worksheet>");
        with_part("xl/worksheets/sheet1.xml", |part| {
            part.write_all(&xml).unwrap();
        })
    };
    let mut options = ListOptions {
        year: Some(2026),
        ..ListOptions::default()
    };
    options.registered_at = Some("2026-01-15T10:22:33+01:00".parse().unwrap());
    for (second, expected) in [
        ("<t><![CDATA[a<b]]></t>", "a<b"),
        ("<t>a_xD83D__xDE00_b</t>", "a\u{1f600}b"),
        ("<t>plain</t>", "plain"),
    ] {
        let list = read(Source::bytes(rows(second)), &options).unwrap();
        let names: Vec<(u64, &str)> = list
            .rows
            .iter()
            .map(|row| (row.number, row.cells[1].as_str()))
            .collect();
        assert_eq!(names, [(2, "Huber"), (3, expected)]);
    }
}

/// A workbook whose sheet and shared texts are given as XML.
fn book(sheet: &str, strings: &str, styles: &str, more: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let sound = saved(|sheet| {
        sheet.write_string(0, 0, "x").unwrap();
    });
    let part = |archive, name, xml: String| replaced(archive, name, xml.as_bytes());
    let book = part(
        sound,
        "xl/worksheets/sheet1.xml",
        format!("<worksheet xmlns=\"{main}\" xmlns:x=\"{main}\">{sheet}</worksheet>"),
    );
    let book = part(
        book,
        "xl/sharedStrings.xml",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<sst xmlns=\"{main}\">{strings}</sst>"
        ),
    );
    let book = part(
        book,
        "xl/styles.xml",
        format!("<styleSheet xmlns=\"{main}\">{styles}</styleSheet>"),
    );
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    part(
        book,
        "xl/workbook.xml",
        format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\">{more}<sheets><sheet name=\"A &amp; B\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        ),
    )
}

const STYLES: &str = r#"<numFmts count="3"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="&quot;day &quot;0"/></numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"><alignment/></xf><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="49"/><xf numFmtId="21"/></cellXfs><dxfs count="1"><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs>"#;

const STRINGS: &str = r#"<si><t>plain</t></si><si><t xml:space="preserve">  kept  </t></si><si><t>
 trimmed	</t></si><si><r><t>rich </t></r><r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve"> text &#228;&#xe4;</t></r><phoneticPr fontId="1"/></si><si><t>&lt;&amp;&gt;&quot;&apos;</t></si><si/><si><t/></si><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si><t>a_x000D__x000A_b_x005F_x0041_</t></si><si><t>a&#13;b&#10;</t></si><si><t>one<!-- > -->two</t></si><x:si><x:t>prefixed</x:t></x:si>"#;

#[test]
fn parts_as_programs_write_them_are_read_alike() {
    for sheet in [
        // Texts of each kind, places given and left out, attributes in other quotes and orders.
        r#"<dimension ref="A1:L3"/><sheetData><row r="1" spans="1:12"><c r="A1" t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c r="E1" t="s"><v>3</v></c><c t='s' r='F1' s='2'><v>4</v></c><c t="s"><v>5</v></c><c t="s"><v>6</v></c><c t="s"><v>7</v></c><c t="s"><v>8</v></c><c t="s"><v>9</v></c><c t="s"><v>10</v></c><c t="s"><v>11</v></c></row><row><c t="s"><v>0</v></c></row><row r="7"/><row><c r="B8" t="s"><v>0</v></c><c r="A8" t="s"><v>1</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>"#,
        // Numbers and days.
        r#"<sheetData><row r="2"><c r="A2" s="1"><v>46023</v></c><c r="B2" s="2"><v>46023.4323</v></c><c r="C2" s="3"><v>1.5</v></c><c r="D2" s="4"><v>46023</v></c><c r="E2" s="5"><v>46023</v></c><c r="F2" s="6"><v>0.25</v></c><c r="G2" s="1"><v>-1</v></c><c r="H2" s="1"><v>60</v></c><c r="I2" s="1"><v>61</v></c><c r="J2" s="2"><v>2958465.99999</v></c><c r="K2" s="1"><v>2958466</v></c><c r="L2" s="99"><v>1E+3</v></c><c r="M2" t="n"><v>1.7E9</v></c><c r="N2" t="d"><v>2026-01-01T00:00:00</v></c><c r="O2" s="2"><v>46022.999999999</v></c></row></sheetData>"#,
        // Formulas, truth values, errors, and what holds nothing.
        r#"<sheetData><row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f t="shared" ref="B1:B3" si="0">"a"&amp;"b"</f><v>a &amp; b</v></c><c r="C1" t="str"><f t="shared" si="0"/><v></v></c><c r="D1" t="b"><f>TRUE()</f><v>1</v></c><c r="E1" t="b"><v>0</v></c><c r="F1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="G1" t="e"><v>#N/A</v></c><c r="H1"/><c r="I1" s="1"></c><c r="J1"><v/></c><c r="K1" t="s"/><c r="L1" t="inlineStr"><is/></c></row><!-- nothing --><row r="2" hidden="1"><c r="A2" t="inlineStr"><is><r><t>in </t></r><r><t>line</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c><c r="B2" t="inlineStr"><is><t xml:space="preserve"> a&#x20;</t></is></c></row></sheetData>"#,
        // Prefixes throughout, and line ends between the tags.
        "<x:sheetData>\r\n  <x:row r=\"1\">\r\n <x:c r=\"A1\" t=\"str\">\n<x:v>x</x:v>\n</x:c></x:row ></x:sheetData>",
        "<sheetData/>",
        "<sheetData></sheetData>",
    ] {
        for more in [
            "",
            r#"<workbookPr date1904="1"/>"#,
            r#"<workbookPr date1904="false"/>"#,
        ] {
            both_see_the_same(&book(sheet, STRINGS, STYLES, more));
        }
    }
}

#[test]
fn parts_that_only_calamine_knows_are_read_alike() {
    let utf16 = |xml: &str| -> Vec<u8> {
        let text = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?>{xml}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let sheet = r#"<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>"#;
    let sound = book(sheet, STRINGS, STYLES, "");
    let strings = utf16("<sst><si><t>Gr\u{f6}\u{df}e</t></si></sst>");
    let bytes = replaced(sound, "xl/sharedStrings.xml", &strings);
    let open = || -> Box<dyn Bytes> { Box::new(std::io::Cursor::new(bytes.clone())) };
    let limits = Limits::default();
    match (
        Book::open(open(), &limits),
        Book::by_calamine(open(), &limits),
    ) {
        (Ok(mut one), Ok(mut other)) => {
            assert!(matches!(one, Book::Calamine(_)));
            assert_eq!(cells_of(&mut one, "A & B"), cells_of(&mut other, "A & B"));
        }
        (Err(one), Err(other)) => assert_eq!(one.kind(), other.kind()),
        (one, other) => panic!("{:?} {:?}", one.err(), other.err()),
    }
}

fn cell() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "",
        " t=\"n\"",
        " t=\"s\"",
        " t=\"str\"",
        " t=\"b\"",
        " t=\"inlineStr\"",
        " t='s'",
        " t=\"d\"",
        " t=\"x\"",
        " s=\"1\"",
        " s=\"2\" t=\"n\"",
        " s=\"3\"",
        " s=\"x\"",
        " n=\">\"",
    ]);
    let content = prop::sample::select(vec![
        "<v>0</v>",
        "<v>1</v>",
        "<v>11</v>",
        "<v>46023.5</v>",
        "<v>1e3</v>",
        "<v>a</v>",
        "<v> 1 </v>",
        "<v></v>",
        "<v/>",
        "",
        "<f>A1</f><v>3</v>",
        "<is><t>x</t></is>",
        "<is><r><t> y</t></r><r><t>z </t></r></is>",
        "<is><t xml:space=\"preserve\"> </t></is>",
        "<v>a&amp;b</v>",
        "<v>a<!-- c -->b</v>",
        "<is><t>a&b;</t></is>",
        "<is><t><![CDATA[ < ]]></t></is>",
        "<v>_x0041_</v>",
        "<v>&#95;x0041&#95;</v>",
        "<v>&#65;</v>",
        "<z/>",
        "<is><t>\r\n\u{a0} q\r</t></is>",
        "\n",
        "<v>-7.25</v>",
        "<v>1</v><v>2</v>",
    ]);
    (0..4u8, kind, content).prop_map(|(place, kind, content)| match place {
        0 => format!("<c{kind}>{content}</c>"),
        1 => format!("<c r=\"C@\"{kind}>{content}</c>"),
        2 => format!("<c r=\"B@\"{kind}/>"),
        _ => format!("<x:c r=\"AA@\"{kind}>{content}</x:c >"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_scanner_is_sure_of_is_what_calamine_sees(
        rows in prop::collection::vec((any::<bool>(), prop::collection::vec(cell(), 0..5)), 0..5),
        from_1904: bool,
    ) {
        let mut sheet = "<sheetData>".to_owned();
        for ((placed, cells), number) in rows.iter().zip(1..) {
            let cells = cells.concat().replace('@', &number.to_string());
            let place = if *placed { format!(" r=\"{number}\"") } else { String::new() };
            sheet += &format!("<row{place}>{cells}</row>");
        }
        sheet += "</sheetData><pageMargins left=\"0.7\"/>";
        let more = if from_1904 { r#"<workbookPr date1904="true"/>"# } else { "" };
        let bytes = book(&sheet, STRINGS, STYLES, more);
        let open = || -> Box<dyn Bytes> { Box::new(std::io::Cursor::new(bytes.clone())) };
        let limits = Limits::default();
        let mut scanned = Book::open(open(), &limits).unwrap();
        let mut calamine = Book::by_calamine(open(), &limits).unwrap();
        let sheet = "A & B";
        match (all_cells(&mut scanned, sheet), all_cells(&mut calamine, sheet)) {
            (Ok(one), Ok(other)) => prop_assert_eq!(one, other),
            (Err(one), Err(other)) => prop_assert_eq!(one.kind(), other.kind()),
            (one, other) => prop_assert!(false, "{:?} {:?} {}", one, other, sheet),
        }
    }
}
