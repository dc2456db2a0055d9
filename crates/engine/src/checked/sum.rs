//! `sum` that ends with an error where its result has no place.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array as _, ArrayRef, ArrowNativeTypeOp, AsArray as _, BooleanArray, PrimitiveArray,
};
use arrow::compute::sum_checked;
use arrow::datatypes::{
    ArrowNumericType, DataType, Decimal128Type, Decimal256Type, FieldRef, Int64Type, UInt64Type,
};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

/// The checked `sum`.
pub(crate) fn sum_udaf() -> Arc<AggregateUDF> {
    static SUM: OnceLock<Arc<AggregateUDF>> = OnceLock::new();
    Arc::clone(SUM.get_or_init(|| Arc::new(AggregateUDF::from(CheckedSum(Sum::new())))))
}

/// DataFusion's own but for its accumulators. It is not taken apart into sums of its terms, which might overflow where
/// the whole does not.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum(Sum);

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.0.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return self.0.accumulator(args);
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the types that come round; the others have no end, or are no numbers"
        )]
        match args.return_type() {
            DataType::Int64 => Ok(one::<Int64Type>(args.return_type())),
            DataType::UInt64 => Ok(one::<UInt64Type>(args.return_type())),
            DataType::Decimal128(..) => Ok(one::<Decimal128Type>(args.return_type())),
            DataType::Decimal256(..) => Ok(one::<Decimal256Type>(args.return_type())),
            _ => self.0.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.0.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "as above")]
        match args.return_type() {
            DataType::Int64 => Ok(groups::<Int64Type>(args.return_type())),
            DataType::UInt64 => Ok(groups::<UInt64Type>(args.return_type())),
            DataType::Decimal128(..) => Ok(groups::<Decimal128Type>(args.return_type())),
            DataType::Decimal256(..) => Ok(groups::<Decimal256Type>(args.return_type())),
            _ => self.0.create_groups_accumulator(args),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.0.reverse_expr()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.0.order_sensitivity()
    }
}

fn one<T: ArrowNumericType + Debug>(kind: &DataType) -> Box<dyn Accumulator>
where
    T::Native: ArrowNativeTypeOp,
{
    Box::new(One::<T> {
        sum: None,
        kind: kind.clone(),
    })
}

fn groups<T: ArrowNumericType + Debug + Send>(kind: &DataType) -> Box<dyn GroupsAccumulator>
where
    T::Native: ArrowNativeTypeOp,
{
    Box::new(Groups::<T> {
        sums: Vec::new(),
        kind: kind.clone(),
    })
}

fn only(values: &[ArrayRef]) -> Result<&ArrayRef> {
    let [only] = values else {
        return exec_err!("a sum has one argument");
    };
    Ok(only)
}

/// One sum.
#[derive(Debug)]
struct One<T: ArrowNumericType> {
    sum: Option<T::Native>,
    kind: DataType,
}

impl<T: ArrowNumericType + Debug> Accumulator for One<T>
where
    T::Native: ArrowNativeTypeOp,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let Some(more) = sum_checked(only(values)?.as_primitive::<T>())? {
            self.sum = Some(match self.sum {
                Some(sum) => sum.add_checked(more)?,
                None => more,
            });
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::new_primitive::<T>(self.sum, &self.kind)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// A sum for each group; none where no value came.
#[derive(Debug)]
struct Groups<T: ArrowNumericType> {
    sums: Vec<Option<T::Native>>,
    kind: DataType,
}

impl<T: ArrowNumericType + Debug + Send> GroupsAccumulator for Groups<T>
where
    T::Native: ArrowNativeTypeOp,
{
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.sums.resize(total, None);
        let values = only(values)?.as_primitive::<T>();
        for (row, (group, value)) in groups.iter().zip(values).enumerate() {
            let wanted = filter.is_none_or(|wanted| wanted.is_valid(row) && wanted.value(row));
            if let (true, Some(value), Some(sum)) = (wanted, value, self.sums.get_mut(*group)) {
                *sum = Some(match *sum {
                    Some(sum) => sum.add_checked(value)?,
                    None => value,
                });
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.update_batch(states, groups, None, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let sums = emit.take_needed(&mut self.sums);
        let sums: PrimitiveArray<T> = sums.into_iter().collect();
        Ok(Arc::new(sums.with_data_type(self.kind.clone())))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = only(values)?.as_primitive::<T>();
        let wanted = |row: usize| filter.is_none_or(|w| w.is_valid(row) && w.value(row));
        let states = values.iter().enumerate();
        let states: PrimitiveArray<T> = states
            .map(|(row, value)| value.filter(|_| wanted(row)))
            .collect();
        Ok(vec![Arc::new(states.with_data_type(self.kind.clone()))])
    }

    fn size(&self) -> usize {
        self.sums
            .capacity()
            .saturating_mul(size_of::<Option<T::Native>>())
    }
}
