err-population-plan-persons = { $persons } 人の合成集団は作成できません。作成できるのは 1 人から { $most } 人までです。
fix-population-plan-persons = --persons に 1 から { $most } までの人数を指定してください。
err-population-plan-hospitals = 病院数 { $hospitals } の合成集団は作成できません。指定できるのは 1 から 500 までです。
fix-population-plan-hospitals = 病院数を 1 から 500 までの範囲で指定してください。
err-population-plan-months = 指定された診療年月から { $months } か月分の期間が、2019年から2022年までの範囲に収まりません。
fix-population-plan-months = 1 か月以上の期間を、2019年1月以降に始まり2022年12月までに終わるように指定してください。
err-population-plan-rate = 発生率「{ $name }」が、0 以上 1 以下の数ではありません。
fix-population-plan-rate = 発生率は確率で指定してください（例：100 件に 5 件なら 0.05）。
