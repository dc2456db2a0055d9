//! The functions the guard lets pass. All are deterministic, read nothing but their arguments, and tell nothing of
//! the order or place of a row. `now`, `random`, `uuid` are missing because a result must be the same tomorrow;
//! functions that build lists, maps and structs because a value inside one is no longer followed.

/// Scalar functions by DataFusion's own name, ascending.
const SCALAR: &[&str] = &[
    "abs",
    "acos",
    "ascii",
    "asin",
    "atan",
    "atan2",
    "bit_length",
    "btrim",
    "cbrt",
    "ceil",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "cos",
    "date_bin",
    "date_part",
    "date_trunc",
    "degrees",
    "ends_with",
    "exp",
    "floor",
    "gcd",
    "greatest",
    "initcap",
    "isnan",
    "iszero",
    "lcm",
    "least",
    "left",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "make_date",
    "nanvl",
    "nullif",
    "nvl",
    "nvl2",
    "octet_length",
    "pi",
    "power",
    "radians",
    "replace",
    "reverse",
    "right",
    "round",
    "rtrim",
    "signum",
    "sin",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "tan",
    "to_char",
    "to_date",
    "to_timestamp",
    "translate",
    "trunc",
    "upper",
];

/// Aggregate functions by DataFusion's own name, ascending.
const AGGREGATE: &[&str] = &[
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "grouping",
    "max",
    "median",
    "min",
    "percentile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];

/// Whether a scalar function may be called.
pub(super) fn scalar(name: &str) -> bool {
    SCALAR.binary_search(&name).is_ok()
}

/// Which argument of a function has to stand in the statement: with a format of each row's own, `to_char` (55.2) panics
/// where there is no row, and formats all rows as the first where the date is the same.
pub(super) fn stated(name: &str) -> Option<usize> {
    (name == "to_char").then_some(1)
}

/// Whether an aggregate function may be called.
pub(super) fn aggregate(name: &str) -> bool {
    AGGREGATE.binary_search(&name).is_ok()
}

/// Whether an aggregate takes its values from `WITHIN GROUP (ORDER BY …)`.
pub(super) fn ordered(name: &str) -> bool {
    matches!(name, "approx_percentile_cont" | "percentile_cont")
}

/// Whether the result of an aggregate is one of the values it was given: then a text would be a person's own words.
pub(super) fn picks(name: &str) -> bool {
    matches!(name, "max" | "min")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_order_so_that_searching_finds_them() {
        assert!(SCALAR.is_sorted());
        assert!(AGGREGATE.is_sorted());
    }

    #[test]
    fn every_name_is_one_that_datafusion_has() {
        let context = datafusion::prelude::SessionContext::new();
        let state = context.state();
        for name in SCALAR {
            let known = state.scalar_functions().get(*name);
            assert_eq!(known.map(|f| f.name()), Some(*name));
        }
        for name in AGGREGATE {
            let known = state.aggregate_functions().get(*name);
            assert_eq!(known.map(|f| f.name()), Some(*name));
        }
    }

    #[test]
    fn the_document_for_analysts_has_the_same_lists() {
        let document = include_str!("../../../../docs/sql.md");
        for (title, functions) in [
            ("Scalar functions:", SCALAR),
            ("Aggregate functions:", AGGREGATE),
        ] {
            let list = document.split_once(title).unwrap().1;
            let list = list.split("```").nth(1).unwrap();
            let listed: Vec<&str> = list.split_whitespace().skip(1).collect();
            assert_eq!(listed, functions, "{title}");
        }
    }

    #[test]
    fn functions_that_hand_out_rows_or_chance_are_missing() {
        for name in [
            "array_agg",
            "string_agg",
            "first_value",
            "last_value",
            "nth_value",
            "any_value",
        ] {
            assert!(!aggregate(name));
        }
        for name in [
            "random",
            "uuid",
            "now",
            "input_file_name",
            "file_row_index",
            "md5",
            "make_array",
            "struct",
        ] {
            assert!(!scalar(name));
        }
    }
}
