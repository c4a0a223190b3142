//! Names that sound like secrets: what stands under them is not shown.

/// What the name of a secret ends in, in small letters without dashes.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretstring",
    "secretkey",
    "accesskey",
    "privatekey",
    "apikey",
    "oauthtoken",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "apitoken",
    "bearertoken",
    "credentials",
];

/// Whether a name ends as names of secrets do; `PasswordLength` and `SecretArn` do not.
pub fn sounds_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| plain.ends_with(ending)) || plain == "token" || name.ends_with("_TOKEN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sound_like_secrets() {
        for name in [
            "Password",
            "DB_PASSWORD",
            "MasterUserPassword",
            "ClientSecret",
            "SecretAccessKey",
            "AuthToken",
            "Token",
        ] {
            assert!(sounds_secret(name), "{name}");
        }
        for name in [
            "SecretArn",
            "PasswordLength",
            "Key",
            "KeyId",
            "TokenValidity",
            "NextToken",
            "SecretName",
            "PublicKey",
        ] {
            assert!(!sounds_secret(name), "{name}");
        }
    }
}
