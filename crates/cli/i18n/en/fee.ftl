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
