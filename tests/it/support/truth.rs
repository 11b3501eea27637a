//! Finds the recorded traffic and the OpenAPI documents beside the checkout. They are never copied into the repository,
//! so a machine without them skips these tests aloud; in CI their absence is a failure.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The folder that holds `recordings/` and `spec/`.
const VARIABLE: &str = "NSP_REAL_TRAFFIC";

/// Where the truth about Azure lies on this machine.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Root of the recordings; any depth, any names.
    pub recordings: PathBuf,
    /// Root of the OpenAPI documents.
    pub spec: PathBuf,
}

static TRUTH: LazyLock<Result<Truth, String>> =
    LazyLock::new(|| locate(std::env::var_os(VARIABLE).map(PathBuf::from).as_deref()));

/// The truth, or `None` after having said why the test `name` cannot run. Panics in CI instead.
pub fn truth(name: &str) -> Option<&'static Truth> {
    match &*TRUTH {
        Ok(truth) => Some(truth),
        Err(why) if std::env::var_os("CI").is_some() => panic!("{name} cannot run in CI: {why}"),
        Err(why) => {
            eprintln!("SKIPPED {name}: {why}");
            None
        }
    }
}

/// Resolves the folders: `named` wins for recordings, and for documents if it has any.
pub fn locate(named: Option<&Path>) -> Result<Truth, String> {
    let beside = default_folder();
    if let Some(named) = named.filter(|path| !path.as_os_str().is_empty()) {
        if !named.is_dir() {
            return Err(format!("{VARIABLE} names {}, which is not a folder", named.display()));
        }
        let own = named.join("recordings");
        let recordings = if own.is_dir() { own } else { named.to_path_buf() };
        let spec = [Some(named.join("spec")), beside.map(|folder| folder.join("spec"))]
            .into_iter()
            .flatten()
            .find(|folder| folder.is_dir());
        return spec
            .map(|spec| Truth { recordings, spec })
            .ok_or_else(|| format!("no spec folder in {} nor beside the checkout", named.display()));
    }
    beside
        .map(|folder| Truth { recordings: folder.join("recordings"), spec: folder.join("spec") })
        .ok_or_else(|| {
            format!("no ../shared/azure beside the checkout or above it, and {VARIABLE} is not set")
        })
}

fn default_folder() -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .filter_map(Path::parent)
        .map(|parent| parent.join("shared").join("azure"))
        .find(|folder| folder.join("recordings").is_dir() && folder.join("spec").is_dir())
}

/// Every file below `root` that `wanted` accepts by its name, in a stable order.
pub fn files(root: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            // Linked folders below the root are not entered: they may lead back up.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
