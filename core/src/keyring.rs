//! The keys in use: which one signs access tokens now, which ones check them, and the two secrets of the installation.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::auth::TRIES;
use crate::csrf::CsrfKey;
use crate::key::{Key, Material, Purpose, Signer};
use crate::ratchet::TagKey;
use crate::time::{CLOCKS_APART, LONGEST_LEEWAY};
use crate::token::{Algorithm, BadKey, KeySet, SigningKey};
use crate::{Commit, Entropy, Error, Failure, Operator, Ports, Time};

/// What the operator decides about access tokens.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// What keys that the server makes sign with.
    pub algorithm: Algorithm,
    /// `iss`: this server.
    pub issuer: String,
    /// `aud`: whom access tokens are meant for.
    pub audience: String,
    /// How long an access token lives.
    pub access: Duration,
    /// How long a key signs before the next one does.
    pub rotate_after: Duration,
    /// A key that the operator brings; it signs instead of those that the server makes.
    pub own_key: Option<Arc<SigningKey>>,
}

impl Default for TokenRules {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Ed25519,
            issuer: "http://localhost:8080".to_owned(),
            audience: "http://localhost:8080".to_owned(),
            access: Duration::from_secs(300),
            rotate_after: Duration::from_secs(90 * 24 * 3_600),
            own_key: None,
        }
    }
}

/// How long a new key is published before it signs: verifiers that look for keys this often have heard of it by then.
const PUBLISHED_AHEAD: Duration = Duration::from_secs(900);

/// How long after its last token has expired a key is still published: the clock of the server that minted it may be behind, and a verifier's too.
const SLACK: Duration = CLOCKS_APART.saturating_add(LONGEST_LEEWAY);

/// Why there are no keys to work with.
#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    /// They were here before. Making new ones silently would end every session, and hide that something is wrong.
    #[error(
        "the keys that sign access tokens are gone: this store had some before. Put back `tokens.key_file`, restore the store from a backup, \
         or run `bitjang keys rotate` to start over with a new key, which ends every access token"
    )]
    Gone,
    /// One that is kept cannot be used.
    #[error("a key that is kept in the store cannot be used")]
    Unusable(#[from] BadKey),
    /// The operator brings the key, so none is made here.
    #[error(
        "`tokens.key_file` brings the key that signs: put another one into that file, and start the server anew"
    )]
    Brought,
    /// The store could not say.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<NoKeys> for Error {
    fn from(error: NoKeys) -> Self {
        match error {
            NoKeys::Failed(failure) => failure.into(),
            NoKeys::Gone | NoKeys::Unusable(_) | NoKeys::Brought => {
                Failure::new("use the signing keys", error).into()
            }
        }
    }
}

/// The keys in use. Cheap to clone; all clones see a renewal.
#[derive(Clone, Debug)]
pub struct Keyring {
    pub(crate) csrf: CsrfKey,
    pub(crate) tag: TagKey,
    signing: Arc<RwLock<Arc<Signing>>>,
}

/// The signing keys at one moment.
#[derive(Debug)]
pub struct Signing {
    /// In the order in which they sign.
    signers: Vec<(Time, Arc<SigningKey>)>,
    own: Option<Arc<SigningKey>>,
    /// What checks tokens, and is published.
    pub verifying: KeySet,
    /// How often the keys have been others. What was checked by those of an earlier generation may have been by one that is gone.
    pub(crate) generation: u64,
}

impl Signing {
    fn new(signers: &[Signer], own: Option<Arc<SigningKey>>) -> Result<Self, BadKey> {
        let signers = signers
            .iter()
            .map(|signer| {
                let key = SigningKey::from_stored(signer.algorithm, &signer.material.0)?;
                // Damaged bytes can still be a shared secret, but not this one.
                if key.kid() == signer.kid {
                    Ok((signer.signs_from, Arc::new(key)))
                } else {
                    Err(BadKey::Unusable)
                }
            })
            .collect::<Result<Vec<_>, BadKey>>()?;
        let all = signers.iter().map(|(_, key)| key).chain(&own);
        let verifying = KeySet::new(all.map(|key| key.public().clone()));
        Ok(Self { signers, own, verifying, generation: 0 })
    }

    /// The key that signs at this moment: the operator's own, else the latest whose time has come.
    pub fn signs(&self, now: Time) -> Option<&SigningKey> {
        let come = self.signers.iter().rev().find(|(from, _)| *from <= now).or(self.signers.first());
        self.own.as_ref().or(come.map(|(_, key)| key)).map(AsRef::as_ref)
    }
}

impl Keyring {
    /// Takes the keys from the store; makes them at the first start.
    pub(crate) async fn open(ports: &Ports, rules: &TokenRules) -> Result<Self, NoKeys> {
        let (keys, dice, now) = (&*ports.keys, &*ports.entropy, ports.clock.now());
        let csrf = keys.find_or_insert(Key::generate(Purpose::Csrf, dice, now)).await?;
        if rules.own_key.is_none() && keys.signers().await?.is_empty() {
            // The tag key is made after the first signing key, so where it is, a signing key was.
            if keys.find(Purpose::RefreshTag).await?.is_some() {
                return Err(NoKeys::Gone);
            }
            // Stale means that another server, starting at the same time, has made it.
            let _ = keys.add_signer(signer(rules.algorithm, dice, now, now)?, None).await?;
        }
        let tag = keys.find_or_insert(Key::generate(Purpose::RefreshTag, dice, now)).await?;
        let signing = Signing::new(&keys.signers().await?, rules.own_key.clone())?;
        let signing = Arc::new(RwLock::new(Arc::new(signing)));
        Ok(Self { csrf: CsrfKey::new(&csrf), tag: TagKey::new(&tag.secret), signing })
    }

    /// The signing keys as they are at the moment.
    pub fn signing(&self) -> Arc<Signing> {
        Arc::clone(&self.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which generation of the keys is in use.
    pub(crate) fn generation(&self) -> u64 {
        self.signing.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// Looks at the store again: follows keys that other servers made, makes the next one when it is time, forgets those whose last token has expired.
    pub(crate) async fn renew(&self, ports: &Ports, rules: &TokenRules) -> Result<(), NoKeys> {
        let (keys, now) = (&*ports.keys, ports.clock.now());
        let signers = keys.signers().await?;
        if signers.is_empty() && rules.own_key.is_none() {
            // Those in memory go on serving; nobody is signed out while the operator looks.
            return Err(NoKeys::Gone);
        }
        let is_due = |latest: &&Signer| {
            let old = latest.signs_from.plus(rules.rotate_after) <= now.plus(PUBLISHED_AHEAD);
            old || latest.algorithm != rules.algorithm
        };
        // Beside a key that the operator brings none is made: it would never sign.
        if let Some(latest) = signers.last().filter(is_due).filter(|_| rules.own_key.is_none()) {
            let next = signer(rules.algorithm, &*ports.entropy, now, now.plus(PUBLISHED_AHEAD))?;
            let _ = keys.add_signer(next, Some(&latest.kid)).await?;
        }
        for (old, next) in signers.iter().zip(signers.iter().skip(1)) {
            if next.signs_from.plus(rules.access).plus(SLACK) <= now {
                keys.remove_signer(&old.kid).await?;
            }
        }
        self.take(Signing::new(&keys.signers().await?, rules.own_key.clone())?);
        Ok(())
    }

    /// Uses these keys from now on.
    fn take(&self, new: Signing) {
        let mut signing = self.signing.write().unwrap_or_else(PoisonError::into_inner);
        let changed = !new.verifying.agrees_with(&signing.verifying);
        let generation = signing.generation + u64::from(changed);
        *signing = Arc::new(Signing { generation, ..new });
    }
}

/// Makes the next signing key, or the first where there is none any more; says its name, and when it begins to sign.
pub async fn rotate(_: Operator, ports: &Ports, rules: &TokenRules) -> Result<(String, Time), NoKeys> {
    let (keys, now) = (&*ports.keys, ports.clock.now());
    if rules.own_key.is_some() {
        return Err(NoKeys::Brought);
    }
    for _ in 0..TRIES {
        let latest = keys.signers().await?.pop();
        let signs_from = if latest.is_some() { now.plus(PUBLISHED_AHEAD) } else { now };
        let next = signer(rules.algorithm, &*ports.entropy, now, signs_from)?;
        let kid = next.kid.clone();
        if keys.add_signer(next, latest.as_ref().map(|latest| latest.kid.as_str())).await? == Commit::Done {
            return Ok((kid, signs_from));
        }
    }
    Err(Failure::new("rotate the signing key", "other servers came first every time").into())
}

fn signer(
    algorithm: Algorithm,
    dice: &dyn Entropy,
    created_at: Time,
    signs_from: Time,
) -> Result<Signer, Failure> {
    let key = SigningKey::generate(algorithm, dice)?;
    let material = Material(Zeroizing::new(key.to_stored().to_vec()));
    Ok(Signer { kid: key.kid().to_owned(), algorithm, material, created_at, signs_from })
}
