//! Who may sign in: 64 people with one password, hashed by Argon2id with the defaults of `password-auth`, as the examples of axum-login do.

use std::collections::HashMap;
use std::sync::Arc;

use axum_login::AuthUser;
use password_auth::{generate_hash, verify_password};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

const PEOPLE: u32 = 64;
const PASSWORD: &str = "walnut-cabinet-39";

/// Somebody who has signed up.
#[derive(Clone, Debug)]
pub struct Person {
    /// Given at sign-up.
    pub id: u32,
    /// What they type.
    pub identifier: String,
    hash: String,
}

impl AuthUser for Person {
    type Id = u32;

    fn id(&self) -> u32 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.hash.as_bytes()
    }
}

/// What they send to sign in.
#[derive(Deserialize)]
pub struct Credentials {
    identifier: String,
    password: String,
}

/// What a program says of who is signed in.
#[derive(Serialize)]
pub struct Account {
    id: u32,
    identifier: String,
}

impl From<&Person> for Account {
    fn from(person: &Person) -> Self {
        Self { id: person.id, identifier: person.identifier.clone() }
    }
}

/// All of them.
#[derive(Clone)]
pub struct People {
    by_id: Arc<HashMap<u32, Person>>,
    by_identifier: Arc<HashMap<String, u32>>,
}

impl People {
    /// Signs them up. One hash for all: 64 of them would only make the start longer.
    pub fn sign_up() -> Self {
        let hash = generate_hash(PASSWORD);
        let person = |id| Person { id, identifier: format!("person{id}@example.org"), hash: hash.clone() };
        let by_id: HashMap<_, _> = (0..PEOPLE).map(|id| (id, person(id))).collect();
        let by_identifier = by_id.values().map(|person| (person.identifier.clone(), person.id)).collect();
        Self { by_id: Arc::new(by_id), by_identifier: Arc::new(by_identifier) }
    }

    /// Whose id it is.
    pub fn find(&self, id: u32) -> Option<Person> {
        self.by_id.get(&id).cloned()
    }

    /// Whose password it is.
    pub async fn check(&self, credentials: Credentials) -> Option<Person> {
        let person = self.find(*self.by_identifier.get(&credentials.identifier)?)?;
        let checked = spawn_blocking(move || {
            verify_password(credentials.password, &person.hash).is_ok().then_some(person)
        });
        checked.await.ok().flatten()
    }
}
