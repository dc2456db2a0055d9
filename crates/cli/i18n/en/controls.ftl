# The controls of a provision: what may be asked, and what stops a request.
word-limit = { KEY($limit) ->
    [cohort] number of persons declared
    [quota] quota
   *[other] { $limit }
}
control-repeated = rows equal to another row
control-sequential = numbers one after the other
control-branches = numbers with more branches than a household has members
control-probed = numbers with more birth dates and sexes than a household has members
control-unknown = rows that nobody is found for
control-finding = {"  "}{ $name } ({ $label }): { $found } of { $of }
control-accepted = {"  "}{ $at }  { $name }: { $found } of { $of }, accepted: { $reason }
control-stopped = {"  "}{ $at }  { $name }: { $found } of { $of }, stopped the request { $request }
control-line = {"  "}persons declared { $cohort }, issued to about { $persons }; rows { $used } of { $quota } ({ $left } left), requests { $requests }; { $least } to { $largest } rows a request
control-exception = {"  "}fewer rows than usual: { $reason } (allowed by { $approved })
control-allowed = {"  "}does not stop a request: { $name }: { $reason } (allowed by { $approved })
control-undeclared = none
control-amended = The controls of { $provision } are amended.
control-closed = The provision { $provision } is closed. Nothing more is issued for it. Its salt is destroyed: nobody can compute its IDs again.
control-closed-here = The provision { $provision } is closed here. Nothing more is answered for it. This directory holds no salt of it: close it at the issuer too, who destroys the salt.
control-dry = Dry run: no ID was made, nothing was sealed, and the request can still be answered. Counts are rounded down to tens; below { $least } they are not told.
control-dry-status = {"  "}{ $status }: { $rows }
control-dry-few = below { $least }
control-dry-left = Of the registry version { $registry }. Dry runs left for this request: { $left }.
err-authority-control-zero = The { word-limit } is 0.
fix-authority-control-zero = Give a number of at least 1.
err-authority-control-floor = A least batch of { $least } rows is not possible: below { $floor } rows one person alone could be asked for.
fix-authority-control-floor = Give --minimum-batch { $floor } or more.
err-authority-control-reversed = A request could have at most { $largest } rows and would need at least { $least }.
fix-authority-control-reversed = Give a --largest-batch that is not below --minimum-batch.
err-authority-control-exception = A least batch of { $least } rows is below the usual { $usual }, and nobody has allowed it.
fix-authority-control-exception = Give --reason and --approved-by; both are recorded.
err-authority-control-reason = There is no reason, or one with control characters or more than 500 characters.
fix-authority-control-reason = Say why in --reason, in one line. It is recorded; name no person in it.
err-authority-control-approver = There is no name of who allowed it.
fix-authority-control-approver = Name the responsible person or office with --approved-by, in one line.
err-authority-control-nothing = The provision stays as it is: nothing is amended.
fix-authority-control-nothing = Give at least one value that differs from what `renketsu authority status` shows.
err-authority-control-few = The request has { $rows } rows; at least { $least } are needed.
fix-authority-control-few = Ask the producer for one request with more rows. An exception is made with: renketsu authority provision amend
err-authority-control-many = The request has { $rows } rows; at most { $largest } are answered at once.
fix-authority-control-many = Ask the producer to divide the request. The same persons get the same IDs in every request of the provision.
err-authority-control-quota = The request has { $rows } rows, but only { $left } rows of the quota of the provision { $provision } are left.
fix-authority-control-quota = Ask the producer what the further rows are for. A higher quota is recorded with: renketsu authority provision amend
err-authority-control-cohort = With this request the provision { $provision } would be about { $persons } persons; { $cohort } were declared.
fix-authority-control-cohort = Ask the producer for the reason. A corrected declaration is recorded with: renketsu authority provision amend. No ID has left.
err-authority-control-stopped = The request { $request } was stopped: { $findings }.
fix-authority-control-stopped = Ask the producer for the reason before anything else. Then go on with --accept and --reason (recorded), or leave the request unanswered. No ID has left.
err-authority-control-dry_runs = There were already { $runs } dry runs of the request { $request }.
fix-authority-control-dry_runs = Answer the request, or ask the producer for another one.
err-authority-control-dry_rows = The rows for dry runs of the provision { $provision } are used up.
fix-authority-control-dry_rows = Answer requests of the provision without a dry run.
err-authority-control-damaged = What the state holds of the controls of the provision { $provision } is damaged.
fix-authority-control-damaged = Restore the state from the latest verified backup, and tell the information-system security manager.
removal-taken = Removal taken as { $table } of study { $study }: { $number } with number_id, { $kana } with kana_id only, { $neither } without an ID. No question is answered until: renketsu study link
link-removed = of persons who were removed
