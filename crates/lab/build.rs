//! Embeds `examples/scenarios/*.scn`, so that every scenario can be replayed by name.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo names the package's folder")?;
    let folder = Path::new(&root).join("../../examples/scenarios").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "scn"));
    files.sort();
    let mut code = String::from("const SCENARIOS: &[Embedded] = &[\n");
    for path in files {
        let name = path.file_stem().and_then(|n| n.to_str()).ok_or("file names are UTF-8")?;
        let file = format!("examples/scenarios/{name}.scn");
        let text = path.display().to_string();
        writeln!(
            code,
            "Embedded {{ name: {name:?}, file: {file:?}, text: include_str!({text:?}) }},"
        )?;
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("cargo names an output folder")?;
    fs::write(Path::new(&out).join("scenarios.rs"), code)?;
    Ok(())
}
