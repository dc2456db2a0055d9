err-population-plan-persons = A synthetic population of { $persons } persons cannot be made; 1 to { $most } are possible.
fix-population-plan-persons = Give a number from 1 to { $most } with --persons.
err-population-plan-hospitals = A synthetic population with { $hospitals } hospitals cannot be made; 1 to 500 are possible.
fix-population-plan-hospitals = Give a number of hospitals between 1 and 500.
err-population-plan-months = { $months } months from the chosen first month do not lie within the years 2019 to 2022.
fix-population-plan-months = Choose at least one month, the first not before January 2019 and the last not after December 2022.
err-population-plan-rate = The rate "{ $name }" is not a number between 0 and 1.
fix-population-plan-rate = Give the rate as a probability, for example 0.05 for five in a hundred.
