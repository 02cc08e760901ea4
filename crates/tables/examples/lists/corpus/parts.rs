//! Workbooks made part by part, for what the library that writes the others does not write.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How the parts are written.
#[derive(Default)]
pub(crate) struct Part {
    /// Days are counted from 1904.
    pub(crate) since_1904: bool,
    /// Before the name of every element of the sheet.
    pub(crate) prefix: &'static str,
    /// Parts are named from the root of the archive on.
    pub(crate) absolute: bool,
}

/// A cell with a text; nothing where there is none.
pub(crate) fn text(value: &str) -> String {
    let value = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    if value.is_empty() {
        return "<c/>".to_owned();
    }
    format!(r#"<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>"#)
}

/// A workbook of one sheet, `Flotte`. Style 1 shows days, style 2 days with times.
pub(crate) fn workbook(part: &Part, headings: &[String], rows: &[Vec<String>]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let head = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
    let root = if part.absolute { "/xl/" } else { "" };
    let epoch = if part.since_1904 {
        r#"<workbookPr date1904="1"/>"#
    } else {
        ""
    };
    let rows: String = std::iter::once(headings)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|cells| format!("<row>{}</row>", cells.concat()))
        .collect();
    let mut sheet =
        format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    if !part.prefix.is_empty() {
        sheet = sheet
            .replace("</", "\u{1}")
            .replace('<', &format!("<{}", part.prefix))
            .replace('\u{1}', &format!("</{}", part.prefix))
            .replace(
                "xmlns=",
                &format!("xmlns:{}=", part.prefix.trim_end_matches(':')),
            );
    }
    let files = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{PACKAGE}/content-types\">\
                 <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
                 <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
                 <Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>\
                 <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
                 </Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\">\
                 <Relationship Id=\"rId1\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\">{epoch}\
                 <sheets><sheet name=\"Flotte\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\">\
                 <Relationship Id=\"rId1\" Type=\"{REL}/worksheet\" Target=\"{root}worksheets/sheet1.xml\"/>\
                 <Relationship Id=\"rId2\" Type=\"{REL}/styles\" Target=\"{root}styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"dd\\.mm\\.yyyy\\ hh:mm\"/></numFmts>\
                 <fonts count=\"1\"><font/></fonts><fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders>\
                 <cellStyleXfs count=\"1\"><xf/></cellStyleXfs>\
                 <cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        archive.start_file(name, options).expect("an entry");
        archive
            .write_all(format!("{head}\n{content}").as_bytes())
            .expect("an entry in memory");
    }
    archive.finish().expect("an archive in memory").into_inner()
}
