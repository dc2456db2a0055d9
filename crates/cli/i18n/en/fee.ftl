# Fees, applications, delegations: the rules (duty)
err-duty-application-no_reason = A refusal of an application has no reason.
fix-duty-application-no_reason = Give the reason with --reason; the producer is told, and it stays on record.
err-duty-fee-no_rate = No tariff is known for { $day }.
fix-duty-fee-no_rate = Check the day. If the Order changed, the table of tariffs of this program needs the new rate: install the version that has it.
err-duty-fee-overflow = The fee or its due date is more than can be counted.
fix-duty-fee-overflow = Look at the sessions with "renketsu authority meter show" and correct the one whose time cannot be.
err-duty-fee-tariff = The program's table of tariffs is not of its form. This is a bug.
fix-duty-fee-tariff = Report it with the code.
err-duty-meter-backwards = The meter's clock went back, which it cannot while the machine runs.
fix-duty-meter-backwards = Stop the session with --stated and the time it took, and have the machine's clock source checked.
err-duty-meter-overflow = The sessions together are longer than can be counted.
fix-duty-meter-overflow = Look at the sessions with "renketsu authority meter show" and correct the one whose time cannot be.
err-duty-meter-restarted = The machine was started again while the session ran, so its length was not measured.
fix-duty-meter-restarted = Stop it with --stated and the time that the work took, and with --reason; both are recorded as stated by a person.

# At the authority
err-authority-fee-amount = Of notice { $notice }, { $outstanding } yen are to be paid, and the payment is none or more than that.
fix-authority-fee-amount = See what is outstanding with "renketsu authority fee list" or "renketsu producer fees list"; what was paid beyond a corrected amount is shown there as excess.
err-authority-fee-application_exists = Application { $application } is on record already.
fix-authority-fee-application_exists = Give the new application its own number; an application on record is not replaced.
err-authority-fee-application_unknown = There is no application { $application }.
fix-authority-fee-application_unknown = See the applications with "renketsu authority application list".
err-authority-fee-below = Without notice { $notice }, the other notices of its provision already say more hours than the meter now gives.
fix-authority-fee-below = Correct the later or larger notice of the provision first, then this one if it is still needed.
err-authority-fee-contradiction = Of provision { $provision }, work is delegated to { $delegate } at the same time, and one of the two delegations is of all the work.
fix-authority-fee-contradiction = End the other delegation with "renketsu authority delegation end", or record which parts each of them does.
err-authority-fee-decided = Application { $application } is decided already.
fix-authority-fee-decided = A decision stays; if things changed, record a new application, which then decides.
err-authority-fee-delegation_unknown = There is no delegation { $entry }.
fix-authority-fee-delegation_unknown = See the delegations with "renketsu authority delegation list".
err-authority-fee-future = { $day } has not come yet.
fix-authority-fee-future = Give the day on which it happened, as YYYY-MM-DD.
err-authority-fee-measured = Session { $session } was measured, so its length is not stated.
fix-authority-fee-measured = Stop it without --stated; if the measured time is wrong, put another in its place with "renketsu authority meter correct".
err-authority-fee-method = "{ $method }" is no method of applying.
fix-authority-fee-method = Give one of these: { $known }.
err-authority-fee-no_application = No application asks for provision { $provision }.
fix-authority-fee-no_application = Record the application with "renketsu authority application receive", and accept or refuse it; only then can a request be answered.
err-authority-fee-no_session = Provision { $provision } has no such session.
fix-authority-fee-no_session = See the sessions with "renketsu authority meter show".
err-authority-fee-notice_corrected = Another notice stands in the place of { $notice } already.
fix-authority-fee-notice_corrected = Correct the notice that stands now: "renketsu authority fee list" names it.
err-authority-fee-notice_unknown = There is no notice { $notice }.
fix-authority-fee-notice_unknown = See the notices with "renketsu authority fee list".
err-authority-fee-open_session = Session { $session } of provision { $provision } still runs, so the time is not known.
fix-authority-fee-open_session = Stop it with "renketsu authority meter stop", then do this again.
err-authority-fee-period = The days are no period: the last lies before the first or before today, or after the end that was set.
fix-authority-fee-period = Give the days again; a delegation ends today at the earliest, because past days have decided who is paid.
err-authority-fee-refused = Application { $application } for provision { $provision } was refused: nothing is given, and no fee is notified.
fix-authority-fee-refused = If things changed, record a new application; it then decides.
err-authority-fee-session_corrected = Another session stands in the place of { $session } already.
fix-authority-fee-session_corrected = Correct the one that stands now: "renketsu authority meter show" names it.
err-authority-fee-several_sessions = Several sessions of provision { $provision } run.
fix-authority-fee-several_sessions = Say which with --session; "renketsu authority meter show" names them.
err-authority-fee-text = The text "{ $field }" is blank, longer than 200 characters, or not of its form.
fix-authority-fee-text = Give a text of 1 to 200 characters on one line; a provision has capital letters, digits and hyphens.
err-authority-fee-transport = Requests are not taken by the method "{ $method }".
fix-authority-fee-transport = Use a method of sending that the authority has set.
err-authority-fee-unchanged = A correction of notice { $notice } would say the same again.
fix-authority-fee-unchanged = Correct what it is counted from first: a session with "renketsu authority meter correct".
err-authority-fee-undecided = Application { $application } for provision { $provision } is not decided yet.
fix-authority-fee-undecided = Accept it with "renketsu authority application accept", or refuse it with a reason.
err-authority-fee-document = { $file } cannot be read or kept.
fix-authority-fee-document = Check the path, the rights and the room on the disk; nothing was recorded.
err-authority-fee-broken = The program broke its own rule ({ $invariant }). This is a bug.
fix-authority-fee-broken = Report it with the code; nothing was recorded.

# What the commands say
application-line = Application { $number } for provision { $provision }, dated { $dated }: { $state ->
    [received] received, not decided
    [accepted] accepted on { $decided }
   *[refused] refused on { $decided }
}
application-reason = {"  "}reason: { $reason }
application-none = There is no application yet.
delegation-line = Delegation { $entry } of provision { $provision } to { $name } ({ word-delegate }): { $scope }, from { $from }{ KEY($until) ->
    [EMPTY] {""}
   *[other] {" "}to { $until }
}
word-delegate = { KEY($kind) ->
    [payment_fund] Payment Fund
    [insurance_federation] federation of national health insurance
   *[ordinance] named by ordinance
}
delegation-all = all of the work
delegation-receive = taking requests in
delegation-resolve = finding persons
delegation-issue = making the IDs
delegation-notify = notifying the fee
delegation-forward = passing deliveries on
delegation-none = There is no delegation: the State is paid, in revenue stamps.
meter-started = Session { $session } of provision { $provision } runs.
meter-line = Session { $session } ({ $kind ->
    [person] work of { $what }
    [machine] machine work, request { $what }
   *[correction] in the place of session { $corrects }
}): { KEY($time) ->
    [EMPTY] running
   *[other] { $time }
}
meter-stated = {"  "}stated by a person: { $reason }
meter-total = Total { $time }: { $units } hours, the last begun one included. What ran at once counts once.
fee-none = There is no fee notice yet.
fee-notice = Fee { $number }: { $yen } yen for { $units } hours ({ $before } notified before){ KEY($due) ->
    [EMPTY] ; nothing to pay
   *[other] ; due { $due }
}
fee-payee = {"  "}to { $payee }{ $slip ->
    [yes] , in revenue stamps on a fee payment form
   *[no] {""}
}
fee-payee-state = the State
fee-corrects = {"  "}in the place of { $notice }: { $reason }
fee-standing = {"  "}{ $state ->
    [corrected] another stands in its place: { $value }
    [due] to be paid by { $value }: { $outstanding } yen
    [nothing] nothing to pay
    [overdue] overdue since { $value }: { $outstanding } yen
   *[paid] paid on { $value }
}{ KEY($excess) ->
    [0] {""}
   *[other] ; paid { $excess } yen too much
}
fee-correction-written = Give { $path } to the producer.
fee-rule = Reading of the Order (an interpretation): { $rounding ->
    [provision] the total of the provision is rounded up once
   *[answer] each answer is rounded up by itself
}; { $tariff ->
    [provided] the tariff of the day the information is given
   *[begun] the tariff of the day each hour began
}; due { $days } days after the notice.

# Passing on, and at the producer
err-authority-forward-again = The delivery of package { $package } was passed on before.
fix-authority-forward-again = A delivery is passed on once; the copy lies where it was written then.
err-authority-forward-broken = The program broke its own rule ({ $invariant }). This is a bug.
fix-authority-forward-broken = Report it with the code; nothing was passed on.
err-authority-forward-exists = { $file } exists already.
fix-authority-forward-exists = Give a name that nothing has; a file is never replaced.
err-authority-forward-io = { $file } cannot be read or written.
fix-authority-forward-io = Check the path, the rights and the room on the disk.
err-authority-forward-not_delegated = Passing deliveries of provision { $provision } on is delegated to nobody today.
fix-authority-forward-not_delegated = Record the delegation with "renketsu authority delegation record" (--all or --part forward); without it the producer gives the data directly.
err-authority-forward-other = { $file } is not the delivery that the cover names.
fix-authority-forward-other = Ask the producer for the delivery and its cover together; the file may have been damaged on the way.
err-authority-forward-producer = { $name }, who signed the cover, is not the producer of provision { $provision }.
fix-authority-forward-producer = Ask the producer of the provision for a cover.
err-authority-forward-readable = { $file } is not sealed for somebody else: it is no sealed delivery, or it is sealed for this party.
fix-authority-forward-readable = Only a delivery that this party cannot open is passed on; ask the producer for the one sealed for the user.
err-authority-forward-recipient = The cover names another recipient than provision { $provision }.
fix-authority-forward-recipient = Ask the producer; a delivery goes only to the recipient of its provision.
err-producer-cover-broken = The program broke its own rule ({ $invariant }). This is a bug.
fix-producer-cover-broken = Report it with the code; no cover was signed.
err-producer-cover-io = { $file } cannot be read.
fix-producer-cover-io = Check the path and the rights.
err-producer-cover-not_ours = { $file } is no delivery that this directory sealed, or it was changed.
fix-producer-cover-not_ours = Give the file that "renketsu producer deliver" wrote.
err-producer-fees-amount = Of notice { $notice }, { $outstanding } yen are to be paid, and the payment is none or more than that.
fix-producer-fees-amount = See what is outstanding with "renketsu producer fees list".
err-producer-fees-corrected = Another notice stands in the place of { $notice } already.
fix-producer-fees-corrected = Nothing is to be done, unless the authority says that this correction is the later one: then ask it.
err-producer-fees-differs = What is kept of the notice { $notice } is not what was recorded when its signature was checked, or was taken over before that was recorded.
fix-producer-fees-differs = Print nothing from it. Ask the authority for the notice, and the information-system security manager what happened to the state.
err-producer-fees-document = { $file } cannot be read or kept.
fix-producer-fees-document = Check the path, the rights and the room on the disk; nothing was recorded.
err-producer-fees-future = { $day } has not come yet.
fix-producer-fees-future = Give the day on which it was paid, as YYYY-MM-DD.
err-producer-fees-no_correction = { $file } is no correction of a fee notice between the same parties, or its figures do not agree.
fix-producer-fees-no_correction = Ask the authority for the correction again.
err-producer-fees-unknown = There is no notice { $notice } here.
fix-producer-fees-unknown = See the notices with "renketsu producer fees list"; a notice comes with the answer that "renketsu producer attach" takes.
cover-done = { $path }: the cover for the delivery to { $name }. Give both to the delegate.
forward-done = { $path }: passed on unread to { $name } by { $delegate }, SHA-256 { $sha256 }
