# What the hosted pages say, in English. ko.ftl has the same messages with the same variables.

skip-to-content = Skip to content
language-switch = Language
site-home = Bitjang, home
problem-prefix = Error

# A time in UTC. With the script running, the browser replaces it by the reader's own time.
moment-day = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $day }, { $year }
moment-minute = { moment-day }, { $hour }:{ $minute } UTC

identifier-label = User name or e-mail
identifier-hint = No spaces. Capital and small letters count as the same.
name-label = Name
name-optional = optional
name-hint = What we call you. You can leave it out.
password-label = Password
new-password-label = New password
current-password-label = Current password
password-hint = At least { $number } characters. A few words that do not belong together work well.
password-show = Show
password-hide = Hide

sign-in = Sign in
sign-up = Sign up
sign-out = Sign out

home-title = Welcome
home-stranger-title = The bar across your gate
home-stranger-text = Sign in once, see every device that is signed in to your account, and shut out any of them on the spot.
home-greeting = Hello, { $name }
home-signed-in-text = You are signed in on this device.
home-to-account = Go to your account

sign-in-text = Good to see you again.
sign-in-new-here = New here?
sign-in-to-sign-up = Create an account

sign-up-text = One account, on all your devices.
sign-up-submit = Create account
sign-up-known = Already have an account?
sign-up-closed-title = Sign-up is closed
sign-up-closed-text = New accounts are not being taken here. If you already have one, you can sign in as always.

sign-out-title = Sign out?
sign-out-text = This device will be signed out. Your other devices stay signed in.
sign-out-stay = Stay signed in

account-title = Your account
account-profile = Profile
account-roles = Roles
account-since = Member since
account-sessions = Signed-in devices
account-sessions-text = Everywhere your account is signed in. If you do not recognise a device, end its session and change your password.
account-password = Password
account-password-text = Changing it signs out all your other devices.
account-password-submit = Change password
account-sign-out-text = Signs out this device only.

session-unknown-device = Unknown device
session-this-one = This device
session-seen = Last seen
session-signed-in = Signed in
session-address = IP address
session-end = End session
session-end-others = End all other sessions

notice-signed-out = You are signed out. See you soon.
notice-signed-up = Your account is ready. Welcome!
notice-session-ended = Your session has ended. Please sign in again.
notice-password-changed = Your password is changed, and your other devices are signed out.
notice-other-ended = That session has ended.
notice-others-ended = All other sessions have ended. Only this device is signed in.

problem-bad-credentials = User name or password is wrong. Check both and try again.
problem-wait-seconds = Too many attempts. Try again in { $number ->
    [one] { $number } second
   *[other] { $number } seconds
}.
problem-wait-minutes = Too many attempts. Try again in { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}.
problem-busy = A lot of people are here right now. Please try again in a few seconds.
problem-unavailable = We could not do that just now. Please try again in a moment.
problem-form-expired = This form had expired, so we made a fresh one. Please try again.
problem-identifier-taken = This user name or e-mail is already taken. If it is yours, sign in instead.
problem-bad-identifier = Enter a user name without spaces, or a whole e-mail address such as name@example.org.
problem-bad-name = This name is too long or has characters that cannot be shown. Try a shorter one.
problem-wrong-password = Your current password is wrong. Nothing has changed.

weak-too-short = This password is too short. Use at least { $number } characters.
weak-too-long = This password is too long. Use at most { $number } bytes.
weak-common = This is one of the passwords that everybody tries first. Pick one of your own.
weak-contains-identifier = This password contains your user name or e-mail. Leave that out.
weak-guessable = This password is easy to guess. Add another word or two that do not belong together.

error-status = Error { $status }
error-home = Back to the start
error-bad-request-title = That did not make sense to us
error-bad-request-text = Something in the request was missing or broken. Go back, reload the page and try again.
error-cross-site-title = This request came from another site
error-cross-site-text = To protect you, we only take forms that were filled in on our own pages. Nothing has changed.
error-form-expired-title = This page has expired
error-form-expired-text = It was open for too long, or you have signed in again since. Nothing has changed: go back, reload the page and try again.
error-forbidden-title = You cannot do this
error-forbidden-text = Your account is not allowed to. Nothing has changed.
error-not-found-title = There is nothing here
error-not-found-text = The address may be mistyped, or what was here is gone.
error-method-not-allowed-title = This is not how it opens
error-method-not-allowed-text = The address exists, but not for this kind of request. Start again from the first page.
error-too-large-title = That is too much at once
error-too-large-text = What was sent is larger than we take. Nothing has changed.
error-wait-seconds-title = Slow down a little
error-wait-seconds-text = Too many requests came in. Try again in { $number ->
    [one] { $number } second
   *[other] { $number } seconds
}.
error-wait-minutes-title = Slow down a little
error-wait-minutes-text = Too many requests came in. Try again in { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}.
error-unavailable-title = We will be right back
error-unavailable-text = We cannot answer just now. Nobody has been signed out; please try again in a moment.
error-refused-title = That did not work
error-refused-text = We could not take this request. Go back and try again.
error-failed-title = Something broke on our side
error-failed-text = It is not your fault. Please try again in a moment.
