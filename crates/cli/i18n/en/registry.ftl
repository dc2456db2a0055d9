# Versions of the authority's registry
registry-none = No registry is loaded yet. Load one with: renketsu authority registry load --dir DIR FILE
registry-kept-state = kept
registry-pruned-state = destroyed
registry-line = Version { $version } ({ $state }, { $at }): { $rows } rows, { $persons } persons; content { $content }; provisions: { $provisions }
registry-compared = Provision { $provision } is held to version { $held }. With version { $with }, IDs of { $persons } persons change.
registry-changed = {"  "}first number: { $first }; merged, split or gone: { $partition }; name, birth date or sex: { $kana }; name no longer or only now unique: { $unique }
registry-adopted = Provision { $provision } is held to version { $version } from now on.
registry-compacted = Version { $version } is one layer.
registry-pruned = Versions destroyed: { $versions }
registry-row = line { $line }
registry-before = a row of the version before
