//! Whole numbers that never come round: DataFusion's sums and its `+`, `-` and `*` go on from the other end where a result
//! has no place, and the answer is wrong without a word. Here it is an error.

mod sum;

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::{add, mul, neg, sub};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err};
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, LogicalPlan, Operator, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::AnalyzerRule;

pub(crate) use sum::sum_udaf;

/// Makes a session's sums checked, and lets it read plans with the operators of [`Overflow`].
pub(crate) fn register(context: &SessionContext) {
    context.register_udaf(sum_udaf().as_ref().clone());
    for operation in Operation::ALL {
        context.register_udf(ScalarUDF::from(Checked::new(operation)));
    }
}

/// Puts checked operators in the place of those on whole numbers, once their types are settled. Their names stay, since
/// the nodes above know the columns by them.
#[derive(Debug)]
pub(crate) struct Overflow;

impl AnalyzerRule for Overflow {
    fn name(&self) -> &'static str {
        "overflow"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|node| {
            let schema = merge_schema(&node.inputs());
            node.map_expressions(|expr| expr.transform_up(|expr| in_place(expr, &schema)))
        })?;
        Ok(checked.data)
    }
}

fn in_place(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let whole = |expr: &Expr| -> Result<bool> { Ok(expr.get_type(schema)?.is_integer()) };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the expressions that may overflow"
    )]
    let (operation, args) = match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let operation = match op {
                Operator::Minus => Some(Operation::Minus),
                Operator::Multiply => Some(Operation::Multiply),
                Operator::Plus => Some(Operation::Plus),
                _ => None,
            };
            match operation {
                Some(operation) if whole(&left)? && whole(&right)? => {
                    (operation, vec![*left, *right])
                }
                _ => {
                    let same = BinaryExpr { left, op, right };
                    return Ok(Transformed::no(Expr::BinaryExpr(same)));
                }
            }
        }
        Expr::Negative(inner) if whole(&inner)? => (Operation::Negative, vec![*inner]),
        other => return Ok(Transformed::no(other)),
    };
    let checked = Arc::new(ScalarUDF::from(Checked::new(operation)));
    Ok(Transformed::yes(checked.call(args)))
}

/// What may overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Minus,
    Multiply,
    Negative,
    Plus,
}

impl Operation {
    const ALL: [Self; 4] = [Self::Minus, Self::Multiply, Self::Negative, Self::Plus];

    fn name(self) -> &'static str {
        match self {
            Self::Minus => "checked_minus",
            Self::Multiply => "checked_multiply",
            Self::Negative => "checked_negative",
            Self::Plus => "checked_plus",
        }
    }

    fn plain(self, args: &[Expr]) -> Option<Expr> {
        let operator = match self {
            Self::Minus => Operator::Minus,
            Self::Multiply => Operator::Multiply,
            Self::Negative => {
                let [inner] = args else { return None };
                return Some(Expr::Negative(Box::new(inner.clone())));
            }
            Self::Plus => Operator::Plus,
        };
        let [left, right] = args else { return None };
        Some(datafusion::logical_expr::binary_expr(
            left.clone(),
            operator,
            right.clone(),
        ))
    }
}

/// A checked operator. Questions can't call it by its name: the guard has no such function.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operation: Operation,
    signature: Signature,
}

impl Checked {
    fn new(operation: Operation) -> Self {
        let arguments = if operation == Operation::Negative {
            1
        } else {
            2
        };
        Self {
            operation,
            signature: Signature::any(arguments, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        self.operation.name()
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        self.schema_name(args)
    }

    /// That of the operator it stands for.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let Some(plain) = self.operation.plain(args) else {
            return exec_err!("an operator has its operands");
        };
        Ok(plain.schema_name().to_string())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let Some(first) = types.first() else {
            return exec_err!("an operator has its operands");
        };
        Ok(first.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types = args
            .arg_fields
            .iter()
            .map(|field| field.data_type().clone());
        let kind = self.return_type(&types.collect::<Vec<_>>())?;
        let nullable = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), kind, nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let scalar = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let done: ArrayRef = match (self.operation, arrays.as_slice()) {
            (Operation::Minus, [left, right]) => sub(left, right)?,
            (Operation::Multiply, [left, right]) => mul(left, right)?,
            (Operation::Negative, [only]) => neg(only)?,
            (Operation::Plus, [left, right]) => add(left, right)?,
            _ => return exec_err!("an operator has its operands"),
        };
        if scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &done, 0,
            )?));
        }
        Ok(ColumnarValue::Array(done))
    }
}
