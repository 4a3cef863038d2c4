//! The codes of diagnostics. A code is a promise: kebab-case, unique, never used for something else.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// Every code that a diagnostic may carry, sorted.
        #[must_use]
        pub fn all() -> Vec<&'static str> {
            let mut all = vec![$($name),*];
            all.extend(crate::yaml::fault::ALL);
            all.sort_unstable();
            all
        }
    };
}

codes! {
    /// A file holds nothing.
    EMPTY_FILE = "empty-file";
    /// A file that is not there.
    FILE_MISSING = "file-missing";
    /// A directory, a pipe or a device where a file is wanted.
    NOT_A_FILE = "not-a-file";
    /// A file that may not be read, or could not be.
    FILE_UNREADABLE = "file-unreadable";
    /// A file of more than 1 MiB.
    FILE_TOO_LARGE = "file-too-large";
    /// Bytes that are not UTF-8.
    NOT_UTF8 = "not-utf8";
    /// An exported workflow where a scenario is wanted.
    EXPORTED_WORKFLOW = "exported-workflow";
    /// A second YAML document in one file.
    SEVERAL_DOCUMENTS = "several-documents";
    /// More mistakes in one file than are listed.
    TOO_MANY = "too-many-mistakes";
    /// A comment seems to cut a value.
    CUT_VALUE = "cut-value";
    /// An app that is not in the catalogue.
    UNKNOWN_APP = "unknown-app";
    /// A type of connection that does not exist, or that the app does not offer.
    UNKNOWN_TYPE = "unknown-type";
    /// A connection that does not exist.
    UNKNOWN_CONNECTION = "unknown-connection";
    /// A connection of another app than the step's.
    WRONG_CONNECTION = "wrong-connection";
    /// A connection where none is needed.
    NEEDLESS_CONNECTION = "needless-connection";
    /// A fixture that does not exist.
    UNKNOWN_FIXTURE = "unknown-fixture";
    /// The name of a fixture that leads out of the fixtures folder, or cannot be one.
    BAD_FIXTURE_NAME = "bad-fixture-name";
    /// A cause that does not exist.
    UNKNOWN_CAUSE = "unknown-cause";
    /// An expected verdict that the expected cause never leads to.
    CONTRADICTION = "contradiction";
    /// A URL that is none, or none that is spoken here.
    BAD_URL = "bad-url";
    /// A host name that cannot be one.
    BAD_HOST = "bad-host";
    /// A port that cannot be one.
    BAD_PORT = "bad-port";
    /// A login or a key inside a URL.
    CREDENTIALS_IN_URL = "credentials-in-url";
    /// A line break where it would start a new protocol line.
    LINE_BREAK = "line-break";
    /// A request line that is not `METHOD /path`.
    BAD_REQUEST = "bad-request";
    /// A header name or value that HTTP does not allow.
    BAD_HEADER = "bad-header";
    /// A status that is neither a number nor a family such as `2xx`.
    BAD_STATUS = "bad-status";
    /// A path that is no JSONPath.
    BAD_JSON_PATH = "bad-json-path";
    /// A pattern that is no regular expression.
    BAD_PATTERN = "bad-pattern";
    /// A time limit of no time.
    BAD_TIMEOUT = "bad-timeout";
    /// A template that names a field that does not exist.
    UNKNOWN_FIELD = "unknown-field";
    /// A template that names a secret where only public fields may stand.
    SECRET_IN_TEMPLATE = "secret-in-template";
    /// A placement that sends no secret.
    PLACE_WITHOUT_SECRET = "place-without-secret";
    /// Something that a signature depends on, and that no server gets to know.
    UNSENT_VARIABLE = "unsent-variable";
    /// Two authentications on one request.
    TWO_AUTHENTICATIONS = "two-authentications";
    /// A probe that does not fit the connection.
    WRONG_PROBE = "wrong-probe";
    /// A secret written in clear.
    SECRET_IN_CLEAR = "secret-in-clear";
    /// The name of a connection, an app or a field that cannot be one.
    BAD_NAME = "bad-name";
    /// A file whose name and contents disagree.
    NAME_MISMATCH = "name-mismatch";
    /// An API version that is not `YYYY-MM`.
    BAD_VERSION = "bad-version";
    /// A time that is not RFC 3339.
    BAD_TIME = "bad-time";
    /// A host key fingerprint that is not `SHA256:...`.
    BAD_FINGERPRINT = "bad-fingerprint";
    /// Text that is no base64.
    BAD_BASE64 = "bad-base64";
    /// A turn of a dialogue that does nothing.
    EMPTY_TURN = "empty-turn";
    /// The same step key twice.
    DUPLICATE_STEP = "duplicate-step";
    /// A list that holds nothing.
    EMPTY_LIST = "empty-list";
    /// Several connections of one app that each want to be the default.
    SEVERAL_DEFAULTS = "several-defaults";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let codes = all();
        for code in &codes {
            let words = code
                .split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            assert!(words, "{code} is not kebab-case");
        }
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "a code is used twice: {codes:?}");
    }
}
