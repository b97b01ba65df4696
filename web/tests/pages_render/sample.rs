//! Every hosted page, in every state that it can be in.

use bitjang_web::pages::view::{
    Account, Error, ErrorKind, Home, Notice, Problem, Session, SignIn, SignOut, SignUp, Visitor, Weakness,
};
use bitjang_web::pages::{Language, Pages, View};

pub(crate) fn plain() -> Vec<(String, View)> {
    let mut views = filled_with("alice@example.org");
    views.push(("account-full".into(), View::Account(account())));
    for problem in PROBLEMS {
        let some = Some(problem);
        views.push((format!("sign-in-{problem:?}"), View::SignIn(SignIn { problem: some, ..sign_in() })));
        views.push((format!("sign-up-{problem:?}"), View::SignUp(SignUp { problem: some, ..sign_up() })));
        views.push((format!("account-{problem:?}"), View::Account(Account { problem: some, ..account() })));
    }
    for notice in NOTICES {
        let some = Some(notice);
        views.push((format!("sign-in-{notice:?}"), View::SignIn(SignIn { notice: some, ..sign_in() })));
        views.push((format!("account-{notice:?}"), View::Account(Account { notice: some, ..account() })));
    }
    for kind in ERRORS {
        views.push((format!("error-{kind:?}"), View::Error(Error { kind, path: "/nowhere".into() })));
    }
    let stranger = |sign_up_open| Visitor::Stranger { sign_up_open };
    views.push(("home".into(), View::Home(Home { visitor: stranger(true), notice: None })));
    views.push((
        "home-closed".into(),
        View::Home(Home { visitor: stranger(false), notice: Some(Notice::SignedOut) }),
    ));
    views.push((
        "sign-in-empty".into(),
        View::SignIn(SignIn { csrf_token: "t0ken".into(), ..SignIn::default() }),
    ));
    views.push(("sign-up-closed".into(), View::SignUpClosed));
    views
}

pub(crate) fn filled_with(text: &str) -> Vec<(String, View)> {
    let own = || text.to_owned();
    let mut account =
        Account { identifier: own(), name: Some(own()), roles: vec![own(), own()], ..account() };
    account.sessions.push(Session {
        id: own(),
        agent: own(),
        address: own(),
        signed_in_at: own(),
        seen_at: own(),
        this_one: false,
    });
    let visitor = Visitor::SignedIn { name: own(), csrf_token: "t0ken".into() };
    vec![
        ("home-signed-in".into(), View::Home(Home { visitor, notice: None })),
        ("sign-in".into(), View::SignIn(SignIn { identifier: own(), return_to: Some(own()), ..sign_in() })),
        (
            "sign-up".into(),
            View::SignUp(SignUp { identifier: own(), name: own(), return_to: Some(own()), ..sign_up() }),
        ),
        ("account".into(), View::Account(account)),
        ("sign-out".into(), View::SignOut(SignOut { csrf_token: "t0ken".into() })),
        ("error-path".into(), View::Error(Error { kind: ErrorKind::NotFound, path: format!("/{text}") })),
    ]
}

pub(crate) fn sign_in() -> SignIn {
    SignIn {
        csrf_token: "t0ken".into(),
        identifier: "alice@example.org".into(),
        return_to: Some("/posts?page=2".into()),
        sign_up_open: true,
        ..SignIn::default()
    }
}

pub(crate) fn sign_up() -> SignUp {
    SignUp {
        csrf_token: "t0ken".into(),
        identifier: "alice".into(),
        name: "Alice".into(),
        password_min_length: 8,
        ..SignUp::default()
    }
}

pub(crate) fn account() -> Account {
    let session = |id: &str, agent: &str, address: &str, seen_at: &str| Session {
        id: id.into(),
        agent: agent.into(),
        address: address.into(),
        signed_in_at: "2026-11-02T22:15:08Z".into(),
        seen_at: seen_at.into(),
        this_one: id == "s1",
    };
    Account {
        csrf_token: "t0ken".into(),
        identifier: "alice@example.org".into(),
        name: Some("Alice".into()),
        roles: vec!["moderator".into()],
        created_at: "2026-03-01T09:00:00Z".into(),
        sessions: vec![
            session(
                "s1",
                "Mozilla/5.0 (Linux; Android 10) Chrome/146.0",
                "203.0.113.7",
                "2026-11-23T06:38:12.5Z",
            ),
            session(
                "s2",
                "Mozilla/5.0 (Macintosh) Version/26.0 Safari/605",
                "2001:db8::7",
                "2026-11-20T13:02:00Z",
            ),
        ],
        password_min_length: 8,
        ..Account::default()
    }
}

pub(crate) fn render(view: &View, language: Language) -> String {
    html(&Pages::new().unwrap(), view, language)
}

pub(crate) fn rendered(views: &[(String, View)]) -> Vec<(String, Language, String)> {
    let pages = Pages::new().unwrap();
    let each = |language| {
        let page = |(name, view): &(String, View)| (name.clone(), language, html(&pages, view, language));
        views.iter().map(page).collect::<Vec<_>>()
    };
    Language::ALL.into_iter().flat_map(each).collect()
}

/// The page, with the one escape undone that only makes paths hard to read.
fn html(pages: &Pages, view: &View, language: Language) -> String {
    pages.render(view, language).unwrap().replace("&#x2f;", "/")
}

const PROBLEMS: [Problem; 14] = [
    Problem::BadCredentials,
    Problem::TooManyAttempts { wait_seconds: 30 },
    Problem::TooManyAttempts { wait_seconds: 300 },
    Problem::Busy,
    Problem::Unavailable,
    Problem::FormExpired,
    Problem::IdentifierTaken,
    Problem::BadIdentifier,
    Problem::BadName,
    Problem::WeakPassword(Weakness::TooShort { min_length: 8 }),
    Problem::WeakPassword(Weakness::TooLong { max_length: 1024 }),
    Problem::WeakPassword(Weakness::ContainsIdentifier),
    Problem::WeakPassword(Weakness::Guessable),
    Problem::WrongPassword,
];

const NOTICES: [Notice; 6] = [
    Notice::SignedOut,
    Notice::SignedUp,
    Notice::SessionEnded,
    Notice::PasswordChanged,
    Notice::OtherEnded,
    Notice::OthersEnded,
];

const ERRORS: [ErrorKind; 12] = [
    ErrorKind::BadRequest,
    ErrorKind::CrossSite,
    ErrorKind::FormExpired,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::MethodNotAllowed,
    ErrorKind::TooLarge,
    ErrorKind::TooManyRequests { wait_seconds: 5 },
    ErrorKind::TooManyRequests { wait_seconds: 500 },
    ErrorKind::Unavailable,
    ErrorKind::Other { status: 422 },
    ErrorKind::Other { status: 500 },
];
