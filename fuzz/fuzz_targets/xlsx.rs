#![no_main]
//! Any bytes as a workbook, and as a part of a workbook that is sound otherwise: no panic, no memory beyond the
//! limits, and what is read, checked and copied is the same.

mod lists;

use std::io::{Cursor, Write as _};

use finkit_tables::ListOptions;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The parts of a small workbook.
fn parts() -> [(&'static str, String); 6] {
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    [
        (
            "xl/worksheets/sheet1.xml",
            format!(
                r#"<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c></row><row r="2"><c r="A2" t="s"><v>4</v></c><c r="B2" s="1"><v>46023</v></c><c r="C2" t="str"><v>31.12.2026</v></c><c r="D2" t="inlineStr"><is><t>2026-01-15 10:22</t></is></c></row></sheetData></worksheet>"#
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!(
                r#"<sst xmlns="{MAIN}"><si><t>FIN</t></si><si><t>von</t></si><si><t>bis</t></si><si><r><t>Vertrags</t></r><r><t>datum</t></r></si><si><t>WVWZZZE1ZMP000001</t></si></sst>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets><sheet name="Flotte" sheetId="1" r:id="rId1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                r#"<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd.mm.yyyy hh:mm"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="{office}/styles" Target="styles.xml"/></Relationships>"#
            ),
        ),
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
    ]
}

/// The workbook with one of its parts replaced.
fn with(part: usize, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (index, (name, sound)) in parts().iter().enumerate() {
        archive.start_file(*name, options).expect("an entry");
        let bytes = if index == part {
            content
        } else {
            sound.as_bytes()
        };
        archive.write_all(bytes).expect("an entry in memory");
    }
    archive.finish().expect("an archive in memory").into_inner()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut options = ListOptions::default();
    options.threads = Some(1);
    // A digit in front names the part that the rest replaces; everything else is a whole file.
    let book = match bytes.split_first() {
        Some((digit @ b'0'..=b'5', content)) => with(usize::from(digit - b'0'), content),
        _ if bytes.starts_with(b"PK") => bytes.to_vec(),
        _ => with(0, bytes),
    };
    if !lists::agree(&book, &options) {
        lists::agree(&book, &lists::by_places(options));
    }
});
