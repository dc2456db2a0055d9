//! `count(distinct person)` over rows that come by person: a person is new exactly when the last one was another.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, not_impl_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};

use crate::runs::persons_of;

/// The function; only [`super::rule`] uses it, SQL doesn't know it.
pub(crate) fn person_count() -> Arc<AggregateUDF> {
    static FUNCTION: LazyLock<Arc<AggregateUDF>> =
        LazyLock::new(|| Arc::new(AggregateUDF::new_from_impl(PersonCount::new())));
    Arc::clone(&FUNCTION)
}

/// Its name in plans.
pub(super) const NAME: &str = "person_count";

#[derive(Debug, PartialEq, Eq, Hash)]
struct PersonCount {
    signature: Signature,
}

impl PersonCount {
    fn new() -> Self {
        Self {
            signature: Signature::exact(vec![DataType::UInt32], Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for PersonCount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[persons]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Int64, false))])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Whole::default()))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(PerGroup::default()))
    }
}

/// Sums the counts of partitions. Rows are only ever counted by [`PerGroup`].
#[derive(Debug, Default)]
struct Whole {
    persons: i64,
}

impl Accumulator for Whole {
    fn update_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        not_impl_err!("persons are counted over rows that come by person only")
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.persons)))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states.iter().take(1) {
            let counts = state.as_primitive::<Int64Type>().values();
            self.persons = self.persons.saturating_add(counts.iter().sum());
        }
        Ok(())
    }
}

/// What is known of each group.
#[derive(Debug, Default)]
struct PerGroup {
    persons: Vec<i64>,
    last: Vec<Option<u32>>,
}

impl PerGroup {
    fn see(&mut self, group: usize, person: u32) {
        if let (Some(count), Some(last)) = (self.persons.get_mut(group), self.last.get_mut(group))
            && *last != Some(person)
        {
            *last = Some(person);
            *count = count.saturating_add(1);
        }
    }

    fn take(&mut self, emit: EmitTo) -> ArrayRef {
        let persons = emit.take_needed(&mut self.persons);
        emit.take_needed(&mut self.last);
        Arc::new(Int64Array::from(persons))
    }
}

impl GroupsAccumulator for PerGroup {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.persons.resize(total, 0);
        self.last.resize(total, None);
        let Some(column) = values.first() else {
            return Ok(());
        };
        for (row, (person, group)) in persons_of(column).iter().zip(groups).enumerate() {
            let counts = column.is_valid(row)
                && filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if counts {
                self.see(*group, *person);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(self.take(emit))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.take(emit)])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.persons.resize(total, 0);
        self.last.resize(total, None);
        let Some(column) = values.first() else {
            return Ok(());
        };
        let counts = column.as_primitive::<Int64Type>().values();
        for (count, group) in counts.iter().zip(groups) {
            if let Some(sum) = self.persons.get_mut(*group) {
                *sum = sum.saturating_add(*count);
            }
        }
        Ok(())
    }

    fn convert_to_state(&self, _: &[ArrayRef], _: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        not_impl_err!("a row on its own doesn't say whether its person is new")
    }

    fn size(&self) -> usize {
        self.persons
            .capacity()
            .saturating_mul(size_of::<i64>())
            .saturating_add(
                self.last
                    .capacity()
                    .saturating_mul(size_of::<Option<u32>>()),
            )
    }
}
