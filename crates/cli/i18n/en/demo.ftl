err-cli-demo-directory = The demo has no directory to work in.
fix-cli-demo-directory = Name a new one with --keep.
err-cli-demo-bug = The demo met something its own inputs exclude: { $what }. This is a bug.
fix-cli-demo-bug = Report it with --persons and --seed.
demo-title = Renketsu demo: synthetic people only.
demo-population = Population of { $persons } people, seed { $seed }:
demo-file-registry = {"  "}registry.csv       { $rows } rows: the authority's register with its history
demo-file-claims = {"  "}claims/            { $rows } claims in { $uke } UKE and { $csv } CSV files of the producer's hospitals
demo-file-visits = {"  "}visits.csv         { $rows } rows of the producer's anonymized table
demo-file-extracts = {"  "}ndb.csv, dpc.csv   { $ndb } and { $dpc } rows of the public databases
demo-took = {"  "}({ $seconds } s)
demo-step-parties = == Keys, cards, trust: each fingerprint is confirmed by another channel
demo-step-authority = == The authority opens the provision and loads its registry
demo-step-request = == ① The producer asks
demo-step-issue = == ② The authority answers, ④ and stamps the public databases with the same IDs
demo-step-attach = == ③ The producer attaches the IDs, destroys the map, delivers
demo-step-study = == The user imports, links, asks
demo-step-truth = == The link against the truth
demo-step-questions = == Three questions
demo-reachable = Reachable: a person of the producer with at least one row that still carries either (number) insurer, symbol and number, and the branch if one is given, that are apart from spelling (width, spaces, hyphens, leading zeros, absent branch) those the register has for this person on the day or in the month of service, with birth date and sex as registered or absent, while no other holder of that number agrees as well; or (kana) name in kana, birth date and sex that are apart from spelling (width, spaces, middle dots, small kana, dashes, eras) a registered name of this person that no other registered person has.
demo-truth-persons = { $persons } people of the producer with { $rows } claims; { $reachable } of them reachable, { $contradicted } of these only by rows whose other half names somebody else (no ID is given then).
demo-route = {"  "}{ $route }: reachable { $reachable }, linked { $reached }, recall { $recall } | answered by this route: right { $right }, false { $wrong }, precision { $precision }, equal inputs { $explained }
demo-all-routes = all routes
demo-plain-hash = A plain hash of the raw strings would have found { $found } ({ $recall } of the reachable; by number { $number }, by kana { $kana }) and linked { $falsely } people falsely.
demo-question-overlap = How many people of the hospitals are also in the NDB, by diagnosis?
demo-question-burden = What do people with E11 (type 2 diabetes) cost in claims, by sex?
demo-question-stay = How long are hospital stays, by age band?
demo-kept = The parties' directories are in { $path }. Their keys protect nothing: the demo's passphrase is public.
demo-passphrase = The passphrase of all keys and of the vault is: { $passphrase }
demo-end = Done in { $seconds } s.
demo-picture = (The same as a picture: link.svg, which --keep DIR leaves for you.)
