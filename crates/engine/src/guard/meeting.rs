//! The nodes in which relations meet: joins and unions.

use std::collections::BTreeSet;

use datafusion::common::JoinType;
use datafusion::logical_expr::{Join, Union};

use super::expression::person;
use super::relation::{Analyst, Kind, Outside, Place, Relation};
use super::{Refusal, Rule};

impl Analyst<'_> {
    pub(super) fn union(
        &mut self,
        union: &Union,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        let mut inputs = Vec::with_capacity(union.inputs.len());
        for input in &union.inputs {
            let input = self.relation(input, outside)?;
            self.settle(&input, outside, "UNION")?;
            inputs.push(input);
        }
        let mut whole = Relation::about_nobody(union.schema.fields().len());
        let persons = inputs.iter().filter(|input| input.about_persons()).count();
        if persons != 0 && persons != inputs.len() {
            return Err(Refusal::new(Rule::MixedLevels, "UNION"));
        }
        if persons != 0 {
            let roots: BTreeSet<u32> = inputs.iter().flat_map(|i| self.roots(&i.classes)).collect();
            let tied = inputs.iter().filter(|i| self.tied(i, outside)).count();
            let class = match roots.first() {
                Some(one) if tied == inputs.len() && roots.len() == 1 => *one,
                _ if tied == 0 => self.fresh_class(),
                _ => return Err(Refusal::new(Rule::Correlated, "UNION")),
            };
            whole.classes.insert(class);
            for (position, kind) in whole.columns.iter_mut().enumerate() {
                let person =
                    |input: &Relation| matches!(input.columns.get(position), Some(Kind::Person(_)));
                let of_persons = inputs.iter().filter(|input| person(input)).count();
                if of_persons == inputs.len() {
                    *kind = Kind::Person(class);
                } else if of_persons != 0 {
                    return Err(Refusal::new(Rule::Person, "UNION"));
                }
            }
        }
        for input in inputs {
            whole.correlated |= input.correlated;
            whole.literal |= input.literal;
            whole.origins.extend(input.origins);
        }
        Ok(whole)
    }

    pub(super) fn join(
        &mut self,
        join: &Join,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        let left = self.relation(&join.left, outside)?;
        let right = self.relation(&join.right, outside)?;
        if (left.about_persons() && right.is_summary())
            || (right.about_persons() && left.is_summary())
        {
            return Err(Refusal::new(Rule::MixedLevels, "JOIN"));
        }
        let mut both = Relation {
            columns: left.columns.iter().chain(&right.columns).copied().collect(),
            classes: left.classes.union(&right.classes).copied().collect(),
            origins: left.origins.union(&right.origins).cloned().collect(),
            single_row: left.single_row && right.single_row,
            literal: left.literal || right.literal,
            correlated: left.correlated || right.correlated,
        };
        let equal = self.equal(join, [&left, &right, &both], outside)?;
        if join.join_type != JoinType::Inner {
            self.only_across(&left, &right, &equal, outside)?;
        }
        for (l, r) in equal {
            self.unite(l, r);
        }
        if (left.about_persons() && right.is_list()) || (right.about_persons() && left.is_list()) {
            return Err(Refusal::new(Rule::Collation, "VALUES"));
        }
        both.add(self.take_met());
        match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => Ok(both),
            // Rows about nobody, kept or dropped for what rows about persons say: these would show through.
            JoinType::LeftSemi | JoinType::LeftAnti
                if right.about_persons() && !left.about_persons() =>
            {
                Err(Refusal::new(Rule::Collation, "INTERSECT, EXCEPT"))
            }
            JoinType::RightSemi | JoinType::RightAnti
                if left.about_persons() && !right.about_persons() =>
            {
                Err(Refusal::new(Rule::Collation, "INTERSECT, EXCEPT"))
            }
            JoinType::LeftSemi | JoinType::LeftAnti => Ok(Relation {
                correlated: both.correlated,
                origins: both.origins,
                ..left
            }),
            JoinType::RightSemi | JoinType::RightAnti => Ok(Relation {
                correlated: both.correlated,
                origins: both.origins,
                ..right
            }),
            JoinType::LeftMark | JoinType::RightMark => Err(Refusal::new(Rule::Node, "mark join")),
        }
    }

    /// The pairs of persons that a join's condition makes equal; everything else in it is a value.
    fn equal(
        &mut self,
        join: &Join,
        [left, right, both]: [&Relation; 3],
        outside: Option<&Outside<'_>>,
    ) -> Result<Vec<(u32, u32)>, Refusal> {
        let place = |relation, schema| Place {
            relation,
            schema,
            outside,
        };
        let mut equal = Vec::new();
        for (l, r) in &join.on {
            let (at_l, at_r) = (
                place(left, join.left.schema()),
                place(right, join.right.schema()),
            );
            match (person(l, at_l)?, person(r, at_r)?) {
                (Some(l), Some(r)) => equal.push((l, r)),
                (None, None) => {
                    self.value(l, at_l)?;
                    self.value(r, at_r)?;
                }
                (Some(_), None) | (None, Some(_)) => {
                    return Err(Refusal::new(Rule::Person, "JOIN ON"));
                }
            }
        }
        if let Some(filter) = &join.filter {
            let schemas = join.left.schema().join(join.right.schema());
            let schema = schemas.map_err(|_| Refusal::new(Rule::Node, "JOIN"))?;
            equal.extend(self.conditions(
                filter,
                Place {
                    relation: both,
                    schema: &schema,
                    outside,
                },
            )?);
        }
        Ok(equal)
    }

    /// An outer join keeps rows for which its condition doesn't hold. So its condition makes persons equal only between
    /// its two sides, each about one person already, and it can't tie a side to the person outside that wasn't tied before.
    fn only_across(
        &self,
        left: &Relation,
        right: &Relation,
        equal: &[(u32, u32)],
        outside: Option<&Outside<'_>>,
    ) -> Result<(), Refusal> {
        let (lefts, rights) = (self.roots(&left.classes), self.roots(&right.classes));
        let across = |(a, b): &(u32, u32)| {
            let (a, b) = (self.root(*a), self.root(*b));
            (lefts.contains(&a) && rights.contains(&b))
                || (lefts.contains(&b) && rights.contains(&a))
        };
        let both = left.about_persons() && right.about_persons();
        let met = lefts.len() == 1 && rights.len() == 1 && !equal.is_empty();
        if !equal.iter().all(across) || (both && !met) {
            return Err(Refusal::new(Rule::Collation, "OUTER JOIN"));
        }
        if both && self.tied(left, outside) != self.tied(right, outside) {
            return Err(Refusal::new(Rule::Correlated, "OUTER JOIN"));
        }
        Ok(())
    }
}
