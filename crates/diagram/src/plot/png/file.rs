//! Pixels as a PNG file (ISO/IEC 15948): one image, 8 bits each of red, green and blue.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::canvas::Canvas;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Bits of a channel, colours without transparency, and the only known compression, filter
/// method and no interlacing.
const FORM: [u8; 5] = [8, 2, 0, 0, 0];
/// In front of a row: it is as it is.
const UNFILTERED: u8 = 0;
/// How hard to look for repetitions, of 10. Rows of a plot repeat each other.
const LEVEL: u8 = 6;

pub(super) fn png(canvas: &Canvas) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    let size = [canvas.width, canvas.height].map(|side| (side as u32).to_be_bytes());
    chunk(*b"IHDR", &[&size.concat()[..], &FORM].concat(), &mut file);
    let mut rows = Vec::with_capacity(canvas.pixels.len() + canvas.height);
    for row in canvas.pixels.chunks(canvas.width * 3) {
        rows.push(UNFILTERED);
        rows.extend_from_slice(row);
    }
    chunk(*b"IDAT", &compress_to_vec_zlib(&rows, LEVEL), &mut file);
    chunk(*b"IEND", &[], &mut file);
    file
}

fn chunk(name: [u8; 4], content: &[u8], file: &mut Vec<u8>) {
    file.extend_from_slice(&(content.len() as u32).to_be_bytes());
    let checked = file.len();
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    let checksum = crc32(&file[checked..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// The checksum of a chunk (section D of the standard).
fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, &octet| {
        (0..8).fold(crc ^ u32::from(octet), |crc, _| {
            if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::inflate::decompress_to_vec_zlib;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn a_file_holds_its_size_and_its_pixels() {
        let mut canvas = Canvas::new(2, 3);
        canvas.pixels[4] = 7;
        let file = png(&canvas);
        assert_eq!(file[16..24], [0, 0, 0, 2, 0, 0, 0, 3]);
        let length = u32::from_be_bytes(file[33..37].try_into().expect("four octets")) as usize;
        let rows = decompress_to_vec_zlib(&file[41..41 + length]).expect("compressed");
        assert_eq!(rows.len(), 3 * (1 + 6));
        assert_eq!(rows[..7], [0, 255, 255, 255, 255, 7, 255]);
    }
}
