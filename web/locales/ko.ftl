# 화면의 문구, 한국어. en.ftl 과 메시지와 변수가 모두 같아야 한다.

skip-to-content = 본문으로 건너뛰기
language-switch = 언어
site-home = 빗장 처음 화면
problem-prefix = 오류

# UTC 시각. 스크립트가 돌면 브라우저가 읽는 사람의 시각으로 바꾼다.
moment-day = { $year }년 { $month }월 { $day }일
moment-minute = { moment-day } { $hour }시 { $minute }분 (UTC)

identifier-label = 아이디 또는 이메일
identifier-hint = 띄어쓰기 없이 입력해 주세요. 대문자와 소문자는 구분하지 않아요.
name-label = 이름
name-optional = 선택
name-hint = 화면에 표시할 이름이에요. 비워 두어도 괜찮아요.
password-label = 비밀번호
new-password-label = 새 비밀번호
current-password-label = 현재 비밀번호
password-hint = { $number }자 이상 입력해 주세요. 서로 관련 없는 단어를 몇 개 이어 쓰면 안전해요.
password-show = 표시
password-hide = 숨기기

sign-in = 로그인
sign-up = 가입
sign-out = 로그아웃

home-title = 처음 화면
home-stranger-title = 내 계정을 지키는 빗장
home-stranger-text = 한 번 로그인하고, 내 계정에 로그인된 기기를 한눈에 보고, 낯선 기기는 그 자리에서 내보내세요.
home-greeting = { $name } 님, 안녕하세요
home-signed-in-text = 이 기기에 로그인되어 있어요.
home-to-account = 내 계정으로 가기

sign-in-text = 다시 만나서 반가워요.
sign-in-new-here = 아직 계정이 없으세요?
sign-in-to-sign-up = 가입하기

sign-up-text = 계정 하나로 모든 기기에서 로그인하세요.
sign-up-submit = 가입하기
sign-up-known = 이미 계정이 있으세요?
sign-up-closed-title = 지금은 가입할 수 없어요
sign-up-closed-text = 이곳에서는 새 계정을 받지 않아요. 이미 계정이 있다면 그대로 로그인할 수 있어요.

sign-out-title = 로그아웃할까요?
sign-out-text = 이 기기에서만 로그아웃돼요. 다른 기기의 로그인은 그대로 유지돼요.
sign-out-stay = 로그인 유지하기

account-title = 내 계정
account-profile = 프로필
account-roles = 역할
account-since = 가입일
account-sessions = 로그인된 기기
account-sessions-text = 내 계정에 로그인된 모든 기기예요. 모르는 기기가 있다면 로그아웃하고 비밀번호를 바꿔 주세요.
account-password = 비밀번호
account-password-text = 비밀번호를 바꾸면 다른 기기에서는 모두 로그아웃돼요.
account-password-submit = 비밀번호 바꾸기
account-sign-out-text = 이 기기에서만 로그아웃돼요.

session-unknown-device = 알 수 없는 기기
session-this-one = 이 기기
session-seen = 마지막 사용
session-signed-in = 로그인
session-address = IP 주소
session-end = 로그아웃하기
session-end-others = 다른 기기 모두 로그아웃하기

notice-signed-out = 로그아웃했어요. 다음에 또 만나요.
notice-signed-up = 가입이 끝났어요. 반가워요!
notice-session-ended = 로그인이 풀렸어요. 다시 로그인해 주세요.
notice-password-changed = 비밀번호를 바꾸고 다른 기기에서 모두 로그아웃했어요.
notice-other-ended = 선택한 기기에서 로그아웃했어요.
notice-others-ended = 다른 기기에서 모두 로그아웃했어요. 이제 이 기기에만 로그인되어 있어요.

problem-bad-credentials = 아이디 또는 비밀번호가 맞지 않아요. 다시 확인해 주세요.
problem-wait-seconds = 시도가 너무 많았어요. { $number }초 뒤에 다시 시도해 주세요.
problem-wait-minutes = 시도가 너무 많았어요. { $number }분 뒤에 다시 시도해 주세요.
problem-busy = 지금 접속이 많아요. 몇 초 뒤에 다시 시도해 주세요.
problem-unavailable = 지금은 처리할 수 없어요. 잠시 뒤에 다시 시도해 주세요.
problem-form-expired = 입력 화면이 만료되어 새로 준비했어요. 다시 시도해 주세요.
problem-identifier-taken = 이미 사용 중인 아이디 또는 이메일이에요. 본인이라면 로그인해 주세요.
problem-bad-identifier = 띄어쓰기 없는 아이디나 name@example.org 같은 이메일 주소를 입력해 주세요.
problem-bad-name = 이름이 너무 길거나 표시할 수 없는 문자가 있어요. 더 짧게 입력해 주세요.
problem-wrong-password = 현재 비밀번호가 맞지 않아요. 바뀐 것은 없어요.

weak-too-short = 비밀번호가 너무 짧아요. { $number }자 이상 입력해 주세요.
weak-too-long = 비밀번호가 너무 길어요. { $number }바이트를 넘지 않게 입력해 주세요.
weak-common = 누구나 먼저 떠올리는 비밀번호예요. 나만의 비밀번호를 정해 주세요.
weak-contains-identifier = 비밀번호에 아이디나 이메일이 들어 있어요. 빼고 다시 정해 주세요.
weak-guessable = 쉽게 추측할 수 있는 비밀번호예요. 서로 관련 없는 단어를 한두 개 더 붙여 보세요.

error-status = 오류 { $status }
error-home = 처음 화면으로
error-bad-request-title = 요청을 이해하지 못했어요
error-bad-request-text = 요청에 빠졌거나 잘못된 부분이 있어요. 이전 화면을 새로고침하고 다시 시도해 주세요.
error-cross-site-title = 다른 사이트에서 온 요청이에요
error-cross-site-text = 안전을 위해 이 사이트에서 직접 보낸 요청만 받고 있어요. 바뀐 것은 없어요.
error-form-expired-title = 화면이 만료됐어요
error-form-expired-text = 화면을 연 지 오래됐거나 그 사이에 다시 로그인하셨어요. 바뀐 것은 없으니, 이전 화면을 새로고침하고 다시 시도해 주세요.
error-forbidden-title = 권한이 없어요
error-forbidden-text = 이 계정으로는 할 수 없는 일이에요. 바뀐 것은 없어요.
error-not-found-title = 찾으시는 화면이 없어요
error-not-found-text = 주소가 잘못됐거나 사라진 화면이에요.
error-method-not-allowed-title = 이렇게는 열 수 없어요
error-method-not-allowed-text = 있는 주소이지만 이런 방식의 요청은 받지 않아요. 처음 화면에서 다시 시작해 주세요.
error-too-large-title = 보낸 내용이 너무 커요
error-too-large-text = 받을 수 있는 크기를 넘었어요. 바뀐 것은 없어요.
error-wait-seconds-title = 조금만 천천히 해 주세요
error-wait-seconds-text = 요청이 너무 많았어요. { $number }초 뒤에 다시 시도해 주세요.
error-wait-minutes-title = 조금만 천천히 해 주세요
error-wait-minutes-text = 요청이 너무 많았어요. { $number }분 뒤에 다시 시도해 주세요.
error-unavailable-title = 곧 돌아올게요
error-unavailable-text = 지금은 응답할 수 없어요. 로그인 상태는 그대로이니 잠시 뒤에 다시 시도해 주세요.
error-refused-title = 요청을 처리하지 못했어요
error-refused-text = 받아들일 수 없는 요청이에요. 이전 화면으로 돌아가 다시 시도해 주세요.
error-failed-title = 저희 쪽에서 문제가 생겼어요
error-failed-text = 잘못하신 것은 없어요. 잠시 뒤에 다시 시도해 주세요.
