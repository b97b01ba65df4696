//! Every hosted page in every state and language: whole, escaped, reachable, and free of anything inline.

#[cfg(test)]
mod markup;
#[cfg(test)]
mod sample;

use bitjang_web::pages::view::{Account, Problem, SignIn, SignOut, SignUp, Weakness};
use bitjang_web::pages::{Language, Pages, View};

use markup::{check_nothing_inline, check_whole, tag_with};
use sample::{account, filled_with, plain, render, rendered, sign_in, sign_up};

#[test]
fn every_page_renders_in_every_language() {
    for (name, language, html) in rendered(&plain()) {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
        for leak in ["{{", "{%", "{ $", "undefined", "Some(", ">none<", "\u{2068}none"] {
            assert!(!html.contains(leak), "{name} {language:?} shows {leak}");
        }
    }
}

#[test]
fn what_a_person_typed_never_becomes_markup() {
    for hostile in HOSTILE {
        for (name, _, html) in rendered(&filled_with(hostile)) {
            assert!(!html.contains(hostile), "{name} shows {hostile} as it is");
            assert_eq!(html.matches("<script").count(), 1, "{name}");
            assert!(!html.contains("49"), "{name} evaluated {hostile}");
            check_nothing_inline(&name, &html);
            check_whole(&name, &html);
        }
    }
}

#[test]
fn no_page_has_anything_inline() {
    for (name, _, html) in rendered(&plain()) {
        check_nothing_inline(&name, &html);
    }
}

#[test]
fn every_tag_is_closed_and_every_reference_leads_somewhere() {
    for (name, _, html) in rendered(&plain()) {
        check_whole(&name, &html);
    }
}

#[test]
fn every_form_posts_its_token() {
    let mut forms = 0;
    for (name, _, html) in rendered(&plain()) {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            assert!(form.contains(" method=\"post\""), "{name}: {form}");
            assert!(form.contains("name=\"csrf_token\" value=\"t0ken\""), "{name}: {form}");
            forms += 1;
        }
    }
    assert!(forms > 50, "only {forms} forms were seen");
}

#[test]
fn a_problem_is_announced_and_tied_to_its_field() {
    let problem = Some(Problem::WeakPassword(Weakness::Common));
    let html = render(&View::SignUp(SignUp { problem, ..sign_up() }), Language::En);
    let input = tag_with(&html, "id=\"new_password\"");
    assert!(input.contains("aria-invalid=\"true\""), "{input}");
    assert!(input.contains("aria-describedby=\"new_password-problem new_password-hint\""), "{input}");
    assert!(input.contains(" autofocus"), "{input}");
    assert!(tag_with(&html, "id=\"new_password-problem\"").contains("role=\"alert\""));
}

#[test]
fn what_was_typed_is_kept_but_never_the_password() {
    let html =
        render(&View::SignIn(SignIn { problem: Some(Problem::BadCredentials), ..sign_in() }), Language::Ko);
    assert!(tag_with(&html, "id=\"identifier\"").contains("value=\"alice@example.org\""));
    assert!(!tag_with(&html, "id=\"password\"").contains("value="));
}

#[test]
fn a_wait_is_said_in_the_unit_that_fits() {
    for (wait_seconds, wanted) in
        [(0, "1 second."), (45, "45 seconds."), (61, "2 minutes."), (3600, "60 minutes.")]
    {
        let problem = Some(Problem::TooManyAttempts { wait_seconds });
        let html = render(&View::SignIn(SignIn { problem, ..sign_in() }), Language::En);
        assert!(html.contains(&format!("Try again in {wanted}")), "{wait_seconds}");
    }
    let problem = Some(Problem::TooManyAttempts { wait_seconds: u64::MAX });
    render(&View::SignIn(SignIn { problem, ..sign_in() }), Language::Ko);
}

#[test]
fn only_other_sessions_can_be_ended_from_the_list() {
    let html = render(&View::Account(account()), Language::En);
    assert!(!html.contains("/account/sessions/s1/end"));
    assert!(html.contains("action=\"/account/sessions/s2/end\""));
    assert!(html.contains("action=\"/account/sessions/end-others\""));
    let alone = Account { sessions: account().sessions.into_iter().take(1).collect(), ..account() };
    assert!(!render(&View::Account(alone), Language::En).contains("end-others"));
}

#[test]
fn the_way_back_is_handed_on_between_sign_in_and_sign_up() {
    let html = render(&View::SignIn(sign_in()), Language::En);
    assert!(html.contains("href=\"/sign-up?return_to=/posts%3Fpage%3D2\""), "{html}");
    assert!(html.contains("href=\"/sign-in?return_to=/posts%3Fpage%3D2&amp;lang=ko\""), "{html}");
    assert!(tag_with(&html, "name=\"return_to\"").contains("?page=2\""));
}

#[test]
fn linked_files_exist() {
    let html = render(&View::SignOut(SignOut::default()), Language::En);
    let names: Vec<_> = html.split("/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(names.len(), 3);
    for name in names {
        assert!(Pages::asset(name).is_some(), "{name}");
    }
}

const HOSTILE: [&str; 6] = [
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "{{ 7*7 }}<b>",
    "{% include 'layout.html' %}\"",
    "</title><style>*{}</style>",
    "\" autofocus onfocus=\"alert(1)",
];
