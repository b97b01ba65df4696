//! Why a token is not good: a closed set, each with a code that never changes.

/// The first thing that was found wrong with a token. The holder learns no more than "signed out"; this is for metrics and events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejected {
    /// More bytes than any token of ours has.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of canonical base64url, or not the JSON that they must hold.
    #[error("the token is malformed")]
    Malformed,
    /// The header asks for something that no token may ask for: its own key, compression, an extension.
    #[error("the header asks for what is not supported")]
    Header,
    /// Another kind of token: `typ` is not `at+jwt` (RFC 9068, section 4).
    #[error("not an access token")]
    Type,
    /// No key has this `kid`.
    #[error("the key is not known")]
    Key,
    /// The key signs by another algorithm than the header says.
    #[error("the algorithm is not the key's")]
    Algorithm,
    /// The signature was not made by the key over these bytes.
    #[error("the signature is wrong")]
    Signature,
    /// A claim is missing, repeated or of the wrong type.
    #[error("the claims are not those of an access token")]
    Claims,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It says that it was issued, or becomes valid, in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Another server issued it.
    #[error("the issuer is not ours")]
    Issuer,
    /// It was issued for somebody else.
    #[error("the audience is not ours")]
    Audience,
}

impl Rejected {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::TooLong,
        Self::Malformed,
        Self::Header,
        Self::Type,
        Self::Key,
        Self::Algorithm,
        Self::Signature,
        Self::Claims,
        Self::Expired,
        Self::NotYetValid,
        Self::Issuer,
        Self::Audience,
    ];

    /// The stable code: for metrics and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed => "token_malformed",
            Self::Header => "token_header",
            Self::Type => "token_type",
            Self::Key => "token_key",
            Self::Algorithm => "token_algorithm",
            Self::Signature => "token_signature",
            Self::Claims => "token_claims",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
        }
    }
}
