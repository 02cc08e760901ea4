//! Files of made-up articles: a picture, a second one and a safety data sheet, the same for the same number in every run.

use bytes::Bytes;
use md5::{Digest as _, Md5};

/// Where files lie below the address that serves them.
pub(super) const FOLDER: &str = "/assets/";

/// A file of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Hero,
    Image,
    Document,
}

impl Slot {
    pub(super) const ALL: [Self; 3] = [Self::Hero, Self::Image, Self::Document];

    /// What the file is called as content.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Hero => "productImageSingle",
            Self::Image => "environmentImage",
            Self::Document => "safetyDataSheet",
        }
    }

    /// Its place among the files of an article.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Hero => 0,
            Self::Image => 1,
            Self::Document => 2,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Document => "pdf",
            Self::Hero | Self::Image => "png",
        }
    }

    /// The media type of the file.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Document => "application/pdf",
            Self::Hero | Self::Image => "image/png",
        }
    }

    /// Whether an article with media has such a file.
    pub(super) fn is_of(self, article: u32) -> bool {
        self != Self::Document || article.is_multiple_of(2)
    }
}

/// One edition of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asset {
    pub(super) article: u32,
    pub(super) slot: Slot,
    pub(super) edition: u32,
}

impl Asset {
    pub(super) fn name(self) -> String {
        let Self {
            article,
            slot,
            edition,
        } = self;
        format!("{article}_{}_{edition}.{}", slot.number(), slot.ending())
    }

    /// The file of this name, should an article have it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (stem, _) = name.rsplit_once('.')?;
        let mut parts = stem.split('_').map(str::parse::<u32>);
        let (article, number, edition) = (
            parts.next()?.ok()?,
            parts.next()?.ok()?,
            parts.next()?.ok()?,
        );
        let slot = Slot::ALL.into_iter().find(|slot| slot.number() == number)?;
        let asset = Self {
            article,
            slot,
            edition,
        };
        (slot.is_of(article) && asset.name() == name).then_some(asset)
    }

    pub(super) fn bytes(self) -> Bytes {
        match self.slot {
            Slot::Document => sheet(&self.line()).into(),
            Slot::Hero | Slot::Image => picture(self).into(),
        }
    }

    fn line(self) -> String {
        let Self {
            article,
            slot,
            edition,
        } = self;
        format!(
            "made up: file {} of article {article}, edition {edition}",
            slot.number()
        )
    }
}

/// The MD5 of the bytes as 32 hexadecimal digits, as the sample of the page of media v2.2 has it.
pub(super) fn checksum(bytes: &[u8]) -> String {
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A PNG of a few grey bars, with a text that says what it is (source: the PNG specification, third edition).
fn picture(asset: Asset) -> Vec<u8> {
    let side = 16 + (asset.article % 16 + asset.edition % 16) % 16;
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    // Eight bits of grey, deflate, no filter, not interlaced.
    header.extend([8, 0, 0, 0, 0]);
    let mut lines = Vec::new();
    for line in 0..side {
        lines.push(0);
        lines.extend((0..side).map(|column| grey(asset, line, column)));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(
        &mut png,
        *b"tEXt",
        format!("Comment\0{}", asset.line()).as_bytes(),
    );
    chunk(&mut png, *b"IDAT", &stored(&lines));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn grey(asset: Asset, line: u32, column: u32) -> u8 {
    let bar = (line / 4 + asset.slot.number()) * 31 + column / 4 * (asset.article % 7 + 1);
    let base = asset.article % 256 * 37 + asset.edition % 256 * 53;
    ((base + bar * 11) % 256) as u8
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc(&png[start..]);
    png.extend(sum.to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

/// One stored block of zlib (source: RFC 1950 and RFC 1951); the bytes are fewer than 65,536.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// A PDF of one page with one line (source: ISO 32000-1, sections 7.5 and 9.4).
fn sheet(line: &str) -> Vec<u8> {
    let content = format!("BT /F1 14 Tf 60 760 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (index, object) in objects.iter().enumerate() {
        places += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table = pdf.len();
    let count = objects.len() + 1;
    pdf += &format!(
        "xref\n0 {count}\n0000000000 65535 f \n{places}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    pdf.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_names_that_lead_back_to_them() {
        for slot in Slot::ALL {
            let asset = Asset {
                article: 1_000_002,
                slot,
                edition: 3,
            };
            assert_eq!(Asset::named(&asset.name()), Some(asset));
        }
        for name in [
            "",
            "1.png",
            "1_0.png",
            "1_7_0.png",
            "1_0_0_0.png",
            "1_0_0.jpg",
            "../1_0_0.png",
            "01_0_0.png",
            "1_2_0.pdf",
        ] {
            assert_eq!(Asset::named(name), None, "{name}");
        }
    }

    #[test]
    fn checksums_are_those_of_md5() {
        assert_eq!(checksum(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(crc(b"IEND"), 0xae42_6082, "the end of every PNG");
    }

    #[test]
    fn pictures_hold_the_lines_that_their_header_announces() {
        let asset = Asset {
            article: 1_000_002,
            slot: Slot::Hero,
            edition: 0,
        };
        let png = asset.bytes();
        let mut rest = &png[8..];
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[..4].try_into().expect("four bytes")) as usize;
            let (chunk, sum) = (&rest[4..8 + length], &rest[8 + length..12 + length]);
            assert_eq!(crc(chunk).to_be_bytes(), sum);
            kinds.push(String::from_utf8_lossy(&chunk[..4]).into_owned());
            if &chunk[..4] == b"IDAT" {
                let mut lines = Vec::new();
                let read = flate2::read::ZlibDecoder::new(&chunk[4..]);
                std::io::Read::read_to_end(&mut { read }, &mut lines).expect("zlib");
                let side = u32::from_be_bytes(png[16..20].try_into().expect("four bytes")) as usize;
                assert_eq!(lines.len(), side * (side + 1));
            }
            rest = &rest[12 + length..];
        }
        assert_eq!(kinds, ["IHDR", "tEXt", "IDAT", "IEND"]);
    }

    #[test]
    fn sheets_say_where_their_objects_stand() {
        let sheet = Asset {
            article: 1_000_002,
            slot: Slot::Document,
            edition: 1,
        };
        let pdf = String::from_utf8(sheet.bytes().to_vec()).expect("plain text");
        let table = pdf
            .rsplit("startxref\n")
            .next()
            .and_then(|rest| rest.lines().next());
        let table: usize = table.and_then(|text| text.parse().ok()).expect("a number");
        assert!(pdf[table..].starts_with("xref\n"));
        for (index, line) in pdf[table..].lines().skip(3).take(5).enumerate() {
            let place: usize = line[..10].parse().expect("a number");
            assert!(pdf[place..].starts_with(&format!("{} 0 obj", index + 1)));
        }
    }
}
