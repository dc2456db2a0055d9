# The English help stands in the program itself (src/args.rs).
help-language = en
